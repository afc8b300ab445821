/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests, and answers of an authority that openssl plays; what is no answer to them is refused.
 */
#include "crypto/stamp.h"

#include "base/log.h"
#include "base/tap.h"
#include "base/tap_folder.h"
#include "crypto/crypto.h"
#include "crypto/hash.h"

static const char setup[] =
    "cat > ts.cnf <<'END'\n"
    "[tsa]\ndefault_tsa = t\n"
    "[t]\nserial = serial\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\n"
    "digests = sha256\nordering = no\ntsa_name = no\ness_cert_id_chain = no\n"
    "ess_cert_id_alg = sha256\naccuracy = secs:1\n"
    "END\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out "
    "ca.pem -subj /CN=authority -days 2 -addext extendedKeyUsage=critical,timeStamping "
    "-addext basicConstraints=critical,CA:FALSE 2>/dev/null && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k2.pem -out "
    "other.pem -subj /CN=other -days 2 -addext extendedKeyUsage=critical,timeStamping 2>/dev/null";

static const char answer[] = "openssl ts -reply -config ts.cnf -queryfile query -signer ca.pem "
                             "-inkey key.pem -out reply 2>/dev/null";

static char folder[TAP_FOLDER_ROOM];
static char ca_file[TAP_FOLDER_ROOM + 16], other_file[TAP_FOLDER_ROOM + 16];

static bool shell(const char *commands)
{
    char command[2048];
    snprintf(command, sizeof command, "cd %s && %s", folder, commands);
    return system(command) == 0;
}

static void put(const char *name, struct span bytes)
{
    char path[TAP_FOLDER_ROOM + 16];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FCLOSE FILE *file = fopen(path, "wb");
    CHECK(file && fwrite(bytes.data, 1, bytes.len, file) == bytes.len);
}

static void get(const char *name, struct buf *out)
{
    char path[TAP_FOLDER_ROOM + 16];
    uint8_t piece[8192];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    AUTO_FCLOSE FILE *file = fopen(path, "rb");
    buf_init(out, STAMP_ANSWER_CEILING);
    if (file)
        buf_add(out, piece, fread(piece, 1, sizeof piece, file));
}

/* Asks the authority for a stamp of `text`. */
static void ask(const char *text, uint8_t nonce[STAMP_NONCE], struct buf *reply)
{
    struct buf request AUTO_BUF;
    buf_init(&request, STAMP_REQUEST_CEILING);
    CHECK_INT(stamp_ask(HASH_TEXT(text), nonce, &request), 0);
    put("query", (struct span){request.data, request.len});
    CHECK(shell(answer));
    get("reply", reply);
}

static bool begin(void)
{
    CHECK_INT(crypto_init(), 0);
    log_set_level(LOG_ERROR);
    tap_folder_new(folder);
    snprintf(ca_file, sizeof ca_file, "%s/ca.pem", folder);
    snprintf(other_file, sizeof other_file, "%s/other.pem", folder);
    if (shell(setup))
        return true;
    tap_skip("there is no openssl program");
    tap_folder_remove(folder);
    return false;
}

TEST(an_answer_to_our_request_is_taken)
{
    uint8_t nonce[STAMP_NONCE];
    int64_t time = 0;
    struct buf reply AUTO_BUF;
    buf_init(&reply, STAMP_ANSWER_CEILING);
    if (!begin())
        return;
    ask("text", nonce, &reply);
    struct span bytes = {reply.data, reply.len};
    struct stamp_check check = {HASH_TEXT("text"), nonce, ca_file};
    CHECK_INT(stamp_read(bytes, &check, &time), 0);
    CHECK(time > INT64_C(1700000000000));
    check.nonce = NULL;
    check.ca_file = NULL;
    CHECK_INT(stamp_read(bytes, &check, &time), 0);
    tap_folder_remove(folder);
}

TEST(what_is_no_answer_to_it_is_refused)
{
    uint8_t nonce[STAMP_NONCE];
    int64_t time = 0;
    struct buf reply AUTO_BUF;
    buf_init(&reply, STAMP_ANSWER_CEILING);
    if (!begin())
        return;
    ask("text", nonce, &reply);
    struct span bytes = {reply.data, reply.len};
    struct stamp_check check = {HASH_TEXT("other text"), nonce, ca_file};
    CHECK_INT(stamp_read(bytes, &check, &time), STAMP_OTHER);
    check.text = HASH_TEXT("text");
    nonce[3] ^= 1;
    CHECK_INT(stamp_read(bytes, &check, &time), STAMP_OTHER);
    nonce[3] ^= 1;
    check.ca_file = other_file;
    CHECK_INT(stamp_read(bytes, &check, &time), STAMP_UNTRUSTED);
    check.ca_file = "/nowhere";
    CHECK(stamp_read(bytes, &check, &time) < 0);
    check.ca_file = ca_file;
    CHECK_INT(stamp_read((struct span){NULL, 0}, &check, &time), STAMP_NONE);
    CHECK_INT(stamp_read(HASH_TEXT("garbage"), &check, &time), STAMP_NONE);
    for (bytes.len = 1; bytes.len < reply.len; bytes.len += 7)
        CHECK_INT(stamp_read(bytes, &check, &time), STAMP_NONE);
    bytes.len = reply.len;
    int taken = 0;
    for (size_t i = 0; i < reply.len; i++) {
        reply.data[i] ^= 1;
        taken += stamp_read(bytes, &check, &time) == 0;
        reply.data[i] ^= 1;
    }
    printf("# %d of %zu flipped bytes change nothing that is signed\n", taken, reply.len);
    CHECK(taken < 40); /* encodings of the same, and what stands outside the signature */
    CHECK_INT(stamp_read(bytes, &check, &time), 0);
    tap_folder_remove(folder);
}

TAP_MAIN(TAP(an_answer_to_our_request_is_taken), TAP(what_is_no_answer_to_it_is_refused))
