// SPDX-License-Identifier: Apache-2.0
//
// Random numbers that a seed repeats (mulberry32), and the choices that histories make with them.
export class Random {
    /** @param {number} seed an integer */
    constructor(seed) {
        this.state = seed >>> 0;
    }

    /** From 0 to below 1. */
    next() {
        this.state = (this.state + 0x6d2b79f5) >>> 0;
        let t = this.state;
        t = Math.imul(t ^ (t >>> 15), t | 1);
        t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    }

    chance(p) {
        return this.next() < p;
    }

    /** One of a list; undefined of an empty one. */
    pick(list) {
        return list[Math.floor(this.next() * list.length)];
    }

    /** A few of a list, in its order. */
    sample(list, count) {
        if (list.length <= count) return list;
        const taken = new Set();
        while (taken.size < count) taken.add(Math.floor(this.next() * list.length));
        return list.filter((_, i) => taken.has(i));
    }
}
