// SPDX-License-Identifier: Apache-2.0
//
// The screens that nobody sees first, as one piece: fetched as soon as the first screen stands, so that all of it is in the phone's
// memory long before the driver is at a door.
export {Attempt} from './attempt.jsx';
export {Pair} from './pair.jsx';
export {Photo} from './photo.jsx';
export {Proof} from './proof.jsx';
export {ScanParcels} from './scan-parcels.jsx';
export {Settings} from './settings.jsx';
export {Where} from './where.jsx';
