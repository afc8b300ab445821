#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Checks the evidence in this folder: sh verify.sh KEY [CA.pem]
#
# KEY is the log's key, `name+…+…`. Take it from somewhere else than this archive: a contract, a print, the log's own
# /log/key. CA.pem has the certificates of the time-stamping authority that you trust. Needs openssl (3.0 or newer) and coreutils, nothing else. Ends with 0 when everything holds.
set -eu
export LC_ALL=C

fail() { echo "DOES NOT HOLD: $*" >&2; exit 1; }
[ $# -eq 1 ] || [ $# -eq 2 ] || { echo "usage: sh verify.sh KEY [CA.pem]" >&2; exit 2; }
key=$1
authority=
[ $# -eq 1 ] || authority=$(realpath "$2")
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The value of a key in manifest.txt.
value_of() {
    while IFS=' ' read -r name value; do
        if [ "$name" = "$1" ]; then printf '%s' "$value"; return; fi
    done < manifest.txt
}
sha256_of() { openssl dgst -sha256 -r "$1" | cut -c 1-64; }

# 1. The photo is the one that the manifest names.
if [ ! -e photo.jpg ] && [ "$(value_of step)" = looked ]; then
    echo "--  no photo: this proves that someone looked, and shows nothing"
else
    [ "$(sha256_of photo.jpg)" = "$(value_of photo_sha256)" ] || fail "photo.jpg is not the photo that manifest.txt names"
    echo "ok  photo.jpg is the photo that manifest.txt names"
fi

# 2. The log's entry commits to the manifest: HMAC-SHA256(salt, manifest).
IFS= read -r salt < salt
[ ${#salt} -eq 64 ] || fail "salt is not 64 hex digits"
openssl dgst -sha256 -mac HMAC -macopt "hexkey:$salt" -binary manifest.txt > "$work/commit"
printf 'porchlight-evidence/v1\ncommit %s\n' "$(base64 -w 0 "$work/commit")" > "$work/leaf"
[ "$(sha256_of "$work/leaf")" = "$(sha256_of leaf.bin)" ] || fail "leaf.bin does not commit to this manifest.txt"
echo "ok  leaf.bin commits to manifest.txt"

# 3. The entry is in the tree: from the leaf up to the root (RFC 6962; RFC 9162 section 2.1.3.2).
{ printf '\000'; cat leaf.bin; } | openssl dgst -sha256 -binary > "$work/hash"
node() { { printf '\001'; cat "$1" "$2"; } | openssl dgst -sha256 -binary > "$work/next"; mv "$work/next" "$work/hash"; }
state=first path='' note=0 index=
while IFS= read -r line; do
    case $state in
    first) [ "$line" = 'c2sp.org/tlog-proof@v1' ] || fail "proof.tlog-proof is of another kind"; state=index ;;
    index)
        case $line in
        'extra '*) ;;
        'index '*) index=${line#index }; state=path ;;
        *) fail "proof.tlog-proof has no index" ;;
        esac ;;
    path) if [ -n "$line" ]; then path="$path $line"; else state=note; fi ;;
    note)
        if [ $note -lt 3 ]; then
            note=$((note + 1))
            printf '%s\n' "$line" >> "$work/text"
            case $note in 1) origin=$line ;; 2) size=$line ;; 3) root=$line ;; esac
        elif [ -z "$line" ]; then state=signatures; else fail "the checkpoint has more than three lines"; fi ;;
    signatures)
        case $line in "— $origin "*) signature=${line##* } ;; esac ;;
    esac
done < proof.tlog-proof
[ $state = signatures ] && [ -n "${signature:-}" ] || fail "proof.tlog-proof has no checkpoint that the log signed"
for number in "$index" "$size"; do
    case $number in '' | *[!0-9]*) fail "proof.tlog-proof has a number that is none" ;; esac
done
[ "$index" -lt "$size" ] || fail "the index is not below the size"
at=$index last=$((size - 1))
for sibling in $path; do
    [ $last -gt 0 ] || fail "the proof is too long"
    printf '%s' "$sibling" | base64 -d > "$work/sibling" || fail "a hash of the proof is none"
    if [ $((at % 2)) -eq 1 ] || [ "$at" -eq $last ]; then
        node "$work/sibling" "$work/hash"
        while [ $((at % 2)) -eq 0 ] && [ "$at" -ne 0 ]; do at=$((at / 2)); last=$((last / 2)); done
    else
        node "$work/hash" "$work/sibling"
    fi
    at=$((at / 2)) last=$((last / 2))
done
[ $last -eq 0 ] || fail "the proof is too short"
[ "$(base64 -w 0 "$work/hash")" = "$root" ] || fail "the proof does not lead from leaf.bin to the checkpoint"
echo "ok  leaf.bin is entry $index of $size in $origin"

# 4. The checkpoint is signed with the key: Ed25519 over its three lines.
name=${key%%+*}
[ "$name" = "$origin" ] || fail "the key is that of $name, the checkpoint that of $origin"
rest=${key#*+}
printf '%s' "${rest#*+}" | base64 -d > "$work/key" || fail "the key is not in its form"
[ "$(head -c 1 "$work/key" | od -An -tx1 | tr -d ' ')" = 01 ] || fail "the key is not an Ed25519 key of a log"
{ printf '%s\n' "$name"; cat "$work/key"; } | openssl dgst -sha256 -binary | head -c 4 > "$work/id"
printf '%s' "$signature" | base64 -d > "$work/blob" || fail "the signature is not in its form"
[ "$(head -c 4 "$work/blob" | od -An -tx1)" = "$(od -An -tx1 "$work/id")" ] || fail "the checkpoint was signed with another key"
tail -c +5 "$work/blob" > "$work/signature"
{ printf '\060\052\060\005\006\003\053\145\160\003\041\000'; tail -c +2 "$work/key"; } > "$work/public"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$work/public" -rawin -in "$work/text" -sigfile "$work/signature" > /dev/null ||
    fail "the signature of the checkpoint is wrong"
echo "ok  the checkpoint is signed with the key that was given"

# 5. The time stamp, where there is one, is one of the checkpoint's three lines.
if [ ! -e checkpoint.tsr ]; then
    echo "--  no time stamp"
elif [ -z "$authority" ]; then
    echo "--  a time stamp, not checked: no CA.pem was given"
else
    openssl ts -verify -in checkpoint.tsr -data "$work/text" -CAfile "$authority" > /dev/null 2>&1 || fail "the time stamp is wrong"
    echo "ok  the checkpoint was stamped by an authority of CA.pem:"
    openssl ts -reply -in checkpoint.tsr -text 2> /dev/null | while IFS= read -r line; do
        case $line in 'Time stamp: '*) echo "    $line" ;; esac
    done
fi

echo
echo "The evidence holds: consistent. VERIFY.md says what that proves, and what it does not."
