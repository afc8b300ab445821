// SPDX-License-Identifier: Apache-2.0
//
// Parts of the interface that come and go as a whole, known by an operation of theirs. The model holds their rules where
// docs/openapi.yaml has them.
import {operations} from '../contract/contract.js';

const has = (key) => operations().some(({method, template}) => `${method} ${template}` === key);

export const HAS = {
    share: has('POST /v1/me/orders/{id}/share'),
    glass: has('POST /v1/break-glass'),
    refusals: has('POST /v1/refusals'),
};
