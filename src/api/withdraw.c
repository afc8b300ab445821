/* SPDX-License-Identifier: Apache-2.0
 *
 * The order is the promise: ask, cut, commit, lift. Between the cut and the lift nobody enters, so
 * a photo that is posted and asked for after the question is behind the fence like the others. An
 * id that is none has nothing to cut; the operation says that it does not exist.
 */
#include "api/withdraw.h"

#include "api/api.h"
#include "http/fence.h"

int withdraw_perform(struct call *call, const struct withdrawal *withdrawal, struct answer *answer)
{
    uint8_t key[16];
    int result = call_ask(call, withdrawal->ask, answer);
    if (result != CALL_MAY)
        return result;
    bool fenced = id_to_bytes(withdrawal->id, key);
    if (fenced)
        http_fence_cut(call->api->fence, key);
    result = call_perform(call, withdrawal->run, answer);
    if (fenced)
        http_fence_lift(call->api->fence, key);
    return result;
}

void withdraw_write(struct call *call, const struct withdrawal *withdrawal)
{
    struct answer answer;
    int result = withdraw_perform(call, withdrawal, &answer);
    if (result == CALL_REPLIED)
        answer_clear(&answer);
    else
        call_reply(call, result, &answer);
}
