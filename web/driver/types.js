// SPDX-License-Identifier: Apache-2.0
//
// The shapes that the parts of the driver's app hand to each other. Types only: nothing of this file reaches the phone.
// What comes from the server is written as docs/openapi.yaml has it; what lies in the phone is written by store.js.

export {};

// ---- from the server ----

/** @typedef {'created'|'out_for_delivery'|'delivered'|'attempted'|'returned'|'cancelled'} DeliveryState */
/** @typedef {'pin'|'scan'|'name'|'signature'} ProofKind */
/** @typedef {{kind: ProofKind, value: string}} Proof */
/** @typedef {'dark'|'blurred'} PictureFault what can be said of a picture at once, and what a shipper can refuse */
/** @typedef {{code: string|null, label: string|null}} Parcel */

/**
 * @typedef {object} StopPhoto
 * @property {'wanted'|'optional'|'declined'} state
 * @property {'none'|'received'|'stored'|'rejected'} upload
 * @property {string|null} reason what is wrong with the picture, when rejected
 * @property {PictureFault[]} refuse what the shipper has refused, unless it is sent `anyway`
 */

/**
 * @typedef {object} Stop a delivery on the round
 * @property {string} delivery_id
 * @property {string} reference
 * @property {DeliveryState} state
 * @property {number} attempt
 * @property {string} challenge binds the photo of this attempt to this phone
 * @property {string} name
 * @property {string|null} phone
 * @property {{lines: string[], lat: number|null, lon: number|null}} address
 * @property {string} time_zone
 * @property {string|null} instructions
 * @property {{from: string|null, to: string|null}|null} window
 * @property {number|null} position
 * @property {Parcel[]} parcels
 * @property {StopPhoto} photo
 * @property {ProofKind[]} proofs
 * @property {string|null} left_at
 * @property {string|null} attempt_reason
 */

// ---- in the phone ----

/**
 * @typedef {object} Device this phone, paired
 * @property {string} token
 * @property {string} device_id
 * @property {{id: string, name: string}} driver
 * @property {{name: string}} shipper
 * @property {string} receipt_key Ed25519, base64url
 * @property {'revoked'|'unknown'|null} ended why the server takes nothing from it any more; null: it does
 */

/**
 * @typedef {object} Prefs how the driver wants the app; all are there, see store.js
 * @property {'auto'|'light'|'dark'} theme
 * @property {boolean} left_hand
 * @property {boolean} large_text
 * @property {boolean} silent
 * @property {boolean} slow more time to undo
 * @property {string|null} language null: the phone's
 * @property {string[]} ticks parcels that were scanned, as screens/ticks.js writes them
 */

/** @typedef {{lat: number, lon: number, accuracy: number|null}} Place where the phone was */

/**
 * @typedef {object} Capture what a screen hands over at the door
 * @property {'delivered'|'attempted'} kind
 * @property {string} [left_at] of a delivery
 * @property {Proof|null} [proof] of a delivery
 * @property {string} [reason] of an attempt
 * @property {Blob|null} [photo]
 * @property {string|null} [anyway] why a dark or blurred photo is sent all the same
 * @property {Place|null} [place]
 * @property {string} [captured_at] RFC 3339, the phone's clock at the shutter; by default now
 * @property {number} [undoMs] nothing is sent for so long; by default 0
 */

/** @typedef {Pick<Capture, 'photo'|'anyway'|'place'|'captured_at'>} Retake another picture for an act whose first will not do */

/**
 * @typedef {object} ActPhoto a photo's row; its bytes lie elsewhere and alone
 * @property {'waiting'|'pending'|'retake'|'stored'|'refused'|'dropped'} state
 *   pending: the server has it for good and will still judge it · dropped: the driver gave up on a rejected picture
 * @property {string} sha256 hex
 * @property {number} size bytes
 * @property {string} challenge
 * @property {number} attempt
 * @property {string} captured_at
 * @property {string|null} anyway
 * @property {Place|null} place
 * @property {string|null} url of the upload, once it was begun
 * @property {string|null} reason of a retake or refusal
 */

/**
 * @typedef {object} Act something that the driver did at a door, as it is stored
 * @property {number} [seq] the order of things
 * @property {string} id also the Idempotency-Key of its report
 * @property {string} delivery_id
 * @property {string} device_id the phone's pairing that captured it
 * @property {string} driver_id
 * @property {'delivered'|'attempted'} kind
 * @property {string|null} left_at
 * @property {Proof|{kind: ProofKind, value: null}|null} proof its value is forgotten when the report is done
 * @property {string|null} reason of an attempt
 * @property {string} captured_at
 * @property {number} undo_until milliseconds of the phone's clock
 * @property {boolean} begun sending has begun: too late to undo
 * @property {'waiting'|'done'|'refused'|'again'|'dropped'} report
 *   again: its PIN was not right, and the driver can give another · dropped: the driver did, or gave another proof
 * @property {number} [again_until] of `again`: then it goes as it is, milliseconds of the phone's clock
 * @property {string|null} report_reason of a refused report: the problem's slug
 * @property {ActPhoto|null} photo
 */

// ---- for the screens ----

/**
 * @typedef {object} ActView
 * @property {string} id
 * @property {string} delivery_id
 * @property {'delivered'|'attempted'} kind
 * @property {string|null} left_at
 * @property {'undo'|'waiting'|'sending'|'sent'|'refused'|'retake'|'pin'} state refused: the report or the photo, see `reason` ·
 *   pin: the PIN was not right, and the driver may give another
 * @property {number} progress of the photo's upload, 0 to 1
 * @property {string|null} reason
 *   of a retake: the verdict (dark, blurred, not_a_photo, …) · of a refused photo: declined, unwanted, cancelled, spent, revoked · of a
 *   refused report: a problem's slug (wrong-state, not-found, …) · else null
 * @property {number} undo_until milliseconds of the phone's clock; nothing to undo after it
 * @property {string} captured_at
 * @property {boolean} has_photo
 * @property {boolean} can_send_anyway in a retake: the same picture may be sent with a reason
 */

/**
 * @typedef {object} OutboxState
 * @property {boolean} online as far as is known: a request that fails for want of a network makes it false
 * @property {number} waiting acts with something still to send, the one that is being sent included
 * @property {boolean} sending
 * @property {'revoked'|'unknown'|null} ended of the paired device
 * @property {number} clock_gap_ms the phone's clock minus the server's, when last heard; 0 when not known
 * @property {ActView[]} acts oldest first; what was sent stays for a day
 */

/** @typedef {{free: number|null, enough: boolean}} Room bytes; null: the browser does not say */

// ---- between outbox, api and upload ----

/**
 * @typedef {object} UploadJob
 * @property {Device} device
 * @property {string} delivery_id
 * @property {ActPhoto} photo
 * @property {Blob} blob
 * @property {(url: string|null) => Promise<void>} keepUrl stored before a byte is sent; null: that upload is no more
 * @property {(part: number) => void} onProgress 0 to 1
 * @property {AbortSignal} signal
 */

/**
 * @typedef {object} UploadOutcome
 * @property {'receipt'|'rejected'|'later'|'offline'|'ended'|'fault'} result
 *   receipt: valid for this photo · rejected: 422 photo-rejected · later: busy · ended: the device's token is not taken any more · fault: an
 *   answer that frees nothing
 * @property {import('./receipt.js').Receipt} [receipt]
 * @property {string} [reason]
 * @property {number} [retryAfterMs]
 */
