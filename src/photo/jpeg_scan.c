/* SPDX-License-Identifier: Apache-2.0
 *
 * A cursor walks the file from SOI to EOI. Every segment is cut out as a span of exactly its length
 * before anything in it is read, so that a parser of a segment cannot see beyond it. A kind of JPEG
 * that we do not show is refused at its SOF, before a byte of it is decoded.
 *
 * Two mends: a file may lack its EOI (the entropy decoder finds out whether the picture is whole),
 * and whatever stands behind EOI is not ours to show. Anything else out of order is damage.
 */
#include "photo/jpeg_scan.h"

#include "photo/jpeg_exif.h"

enum marker {
    TEM = 0x01,
    SOF0 = 0xC0,
    SOF1 = 0xC1,
    SOF2 = 0xC2,
    DHT = 0xC4,
    DAC = 0xCC,
    SOF15 = 0xCF,
    RST0 = 0xD0,
    RST7 = 0xD7,
    SOI = 0xD8,
    EOI = 0xD9,
    SOS = 0xDA,
    DQT = 0xDB,
    DNL = 0xDC,
    DRI = 0xDD,
    EXP = 0xDF,
    APP0 = 0xE0,
    APP1 = 0xE1,
    APP2 = 0xE2,
    APP11 = 0xEB,
    APP14 = 0xEE,
    APP15 = 0xEF,
    COM = 0xFE,
};

enum { MCU_BLOCKS_MAX = 10, SYMBOLS_MAX = 256, ADOBE_NONE = -1 };

struct reader {
    struct span file;
    size_t at;
    const struct judge_limits *limits;
    struct jpeg_scan *scan;
    bool exif_seen;
    bool jfif_seen;
    int adobe;             /* its colour transform, or ADOBE_NONE */
    unsigned covered;      /* components that a scan has held, one bit each */
    uint8_t profile_total; /* pieces the profile says it has */
    unsigned profile_seen; /* bits */
    bool profile_nonsense; /* pieces that contradict each other: as if there were none */
};

static uint32_t read_16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static bool starts_with(struct span segment, const char *magic, size_t len)
{
    return segment.len >= len && memcmp(segment.data, magic, len) == 0;
}

static int check_size(struct reader *r)
{
    const struct jpeg_scan *scan = r->scan;
    uint32_t longer = scan->width > scan->height ? scan->width : scan->height;
    uint32_t shorter = scan->width > scan->height ? scan->height : scan->width;
    if (scan->width == 0)
        return PHOTO_DAMAGED;
    if (scan->height == 0) /* told later, by DNL: nobody writes that */
        return PHOTO_UNSUPPORTED;
    if (longer > r->limits->side_max ||
        (uint64_t)scan->width * scan->height > r->limits->pixels_max)
        return PHOTO_TOO_LARGE;
    if (shorter < r->limits->side_min)
        return PHOTO_TOO_SMALL;
    return 0;
}

static int read_frame(struct reader *r, uint8_t marker, struct span segment)
{
    struct jpeg_scan *scan = r->scan;
    if (scan->frame != 0 || segment.len < 6)
        return PHOTO_DAMAGED;
    unsigned components = segment.data[5];
    scan->height = read_16(segment.data + 1);
    scan->width = read_16(segment.data + 3);
    if (marker != SOF0 && marker != SOF1 && marker != SOF2)
        return PHOTO_UNSUPPORTED; /* lossless, hierarchical or arithmetic */
    if (segment.data[0] > 8)
        return PHOTO_DEEP;
    if (segment.data[0] != 8 || segment.len != 6 + 3 * (size_t)components)
        return PHOTO_DAMAGED;
    if (components == 4)
        return PHOTO_CMYK;
    if (components != 1 && components != JPEG_COMPONENTS)
        return PHOTO_UNSUPPORTED;

    unsigned blocks = 0;
    for (unsigned i = 0; i < components; i++) {
        const uint8_t *p = segment.data + 6 + 3 * i;
        struct jpeg_component *c = &scan->component[i];
        *c = (struct jpeg_component){.id = p[0], .h = p[1] >> 4, .v = p[1] & 15, .quant = p[2]};
        if (c->h < 1 || c->h > 4 || c->v < 1 || c->v > 4 || c->quant >= JPEG_TABLES)
            return PHOTO_DAMAGED;
        for (unsigned k = 0; k < i; k++) {
            if (scan->component[k].id == c->id)
                return PHOTO_DAMAGED;
        }
        blocks += (unsigned)c->h * c->v;
    }
    if (components > 1 && blocks > MCU_BLOCKS_MAX)
        return PHOTO_UNSUPPORTED;
    scan->frame = marker;
    scan->components = (uint8_t)components;
    return check_size(r);
}

/* A zero would divide by zero in whoever encodes with the table. */
static bool has_zero(const uint8_t *numbers, bool wide)
{
    for (unsigned i = 0; i < 64; i++) {
        if (wide ? read_16(numbers + 2 * i) == 0 : numbers[i] == 0)
            return true;
    }
    return false;
}

static int read_quant(struct reader *r, struct span segment)
{
    for (size_t at = 0; at < segment.len;) {
        bool wide = segment.data[at] >> 4;
        unsigned which = segment.data[at] & 15;
        size_t len = wide ? 128 : 64;
        at++;
        if (segment.data[at - 1] >> 4 > 1 || which >= JPEG_TABLES || segment.len - at < len ||
            has_zero(segment.data + at, wide))
            return PHOTO_DAMAGED;
        r->scan->quant[which] =
            (struct jpeg_quant){.numbers = {segment.data + at, len}, .wide = wide};
        at += len;
    }
    return 0;
}

static int read_huffman(struct reader *r, struct span segment)
{
    for (size_t at = 0; at < segment.len;) {
        unsigned kind = segment.data[at] >> 4;
        unsigned which = segment.data[at] & 15;
        at++;
        if (kind > 1 || which >= JPEG_TABLES || segment.len - at < 16)
            return PHOTO_DAMAGED;
        size_t symbols = 0;
        for (unsigned i = 0; i < 16; i++)
            symbols += segment.data[at + i];
        if (symbols > SYMBOLS_MAX || segment.len - at - 16 < symbols)
            return PHOTO_DAMAGED;
        struct span *table = kind == 0 ? r->scan->dc : r->scan->ac;
        table[which] = (struct span){segment.data + at, 16 + symbols};
        at += 16 + symbols;
    }
    return 0;
}

static void read_exif(struct reader *r, struct span segment)
{
    struct jpeg_exif exif;
    r->scan->notes |= PHOTO_HAD_EXIF;
    jpeg_exif_read((struct span){segment.data + 6, segment.len - 6}, &exif);
    if (exif.place)
        r->scan->notes |= PHOTO_HAD_GPS;
    if (exif.thumbnail)
        r->scan->notes |= PHOTO_HAD_THUMBNAIL;
    if (!r->exif_seen) /* viewers honour the first */
        r->scan->orientation = exif.orientation;
    r->exif_seen = true;
}

/* One piece of the profile: its number from 1, how many there are, and its bytes. */
static void read_profile(struct reader *r, struct span segment)
{
    enum { HEAD = 14 };
    r->scan->notes |= PHOTO_HAD_PROFILE;
    if (segment.len < HEAD) {
        r->profile_nonsense = true;
        return;
    }
    unsigned number = segment.data[12];
    unsigned total = segment.data[13];
    if (number < 1 || number > total || total > JPEG_PROFILE_CHUNKS ||
        (r->profile_total != 0 && r->profile_total != total) ||
        (r->profile_seen & 1u << number) != 0) {
        r->profile_nonsense = true;
        return;
    }
    r->profile_total = (uint8_t)total;
    r->profile_seen |= 1u << number;
    r->scan->profile[number - 1] = (struct span){segment.data + HEAD, segment.len - HEAD};
}

static void read_application(struct reader *r, uint8_t marker, struct span segment)
{
    if (marker == APP0 && starts_with(segment, "JFIF", 5)) {
        r->jfif_seen = r->jfif_seen || segment.len >= 14;
        if (segment.len > 14)
            r->scan->notes |= PHOTO_HAD_THUMBNAIL;
    } else if (marker == APP0 && starts_with(segment, "JFXX", 5)) {
        r->scan->notes |= PHOTO_HAD_THUMBNAIL;
    } else if (marker == APP1 && starts_with(segment, "Exif\0", 6)) {
        read_exif(r, segment);
    } else if (marker == APP2 && starts_with(segment, "ICC_PROFILE", 12)) {
        read_profile(r, segment);
    } else if (marker == APP11 && starts_with(segment, "JP", 2)) {
        r->scan->notes |= PHOTO_HAD_C2PA;
    } else if (marker == APP14 && starts_with(segment, "Adobe", 5) && segment.len >= 12) {
        r->adobe = segment.data[11];
    }
}

/* The cursor goes to the marker that ends the entropy data, or to the end of the file. */
static void skip_entropy(struct reader *r)
{
    size_t start = r->at;
    size_t end = r->file.len;
    while (r->at < r->file.len) {
        const uint8_t *ff = memchr(r->file.data + r->at, 0xFF, r->file.len - r->at);
        if (!ff) {
            r->at = r->file.len;
            break;
        }
        size_t first = (size_t)(ff - r->file.data);
        size_t next = first + 1;
        while (next < r->file.len && r->file.data[next] == 0xFF)
            next++;
        if (next == r->file.len) { /* it breaks off in the middle of a marker */
            end = first;
            r->at = r->file.len;
            break;
        }
        uint8_t code = r->file.data[next];
        if (code != 0 && !(code >= RST0 && code <= RST7)) {
            end = first;
            r->at = first;
            break;
        }
        if (next > first + 1)
            r->scan->simple = false;
        r->at = next + 1;
    }
    r->scan->entropy = (struct span){r->file.data + start, end - start};
}

static int read_scan(struct reader *r, struct span segment)
{
    struct jpeg_scan *scan = r->scan;
    if (scan->frame == 0 || segment.len < 1)
        return PHOTO_DAMAGED;
    unsigned count = segment.data[0];
    if (count < 1 || count > scan->components || segment.len != 4 + 2 * (size_t)count)
        return PHOTO_DAMAGED;
    if (++scan->scans > r->limits->scans_max)
        return PHOTO_TOO_MANY_SCANS;
    for (unsigned i = 0; i < count; i++) {
        unsigned k = 0;
        while (k < scan->components && scan->component[k].id != segment.data[1 + 2 * i])
            k++;
        if (k == scan->components)
            return PHOTO_DAMAGED;
        uint8_t tables = segment.data[2 + 2 * i];
        if (tables >> 4 >= JPEG_TABLES || (tables & 15) >= JPEG_TABLES)
            return PHOTO_DAMAGED;
        if (k != i)
            scan->simple = false;
        scan->component[k].dc = tables >> 4;
        scan->component[k].ac = tables & 15;
        r->covered |= 1u << k;
    }
    if (count != scan->components || scan->scans > 1 || scan->frame == SOF2)
        scan->simple = false;
    skip_entropy(r);
    return 0;
}

static int read_segment(struct reader *r, uint8_t marker, struct span segment)
{
    switch (marker) {
    case DHT:
        return read_huffman(r, segment);
    case DQT:
        return read_quant(r, segment);
    case SOS:
        return read_scan(r, segment);
    case DRI:
        if (segment.len != 2)
            return PHOTO_DAMAGED;
        r->scan->restart_interval = (uint16_t)read_16(segment.data);
        return 0;
    case COM:
        return 0;
    default:
        if (marker >= SOF0 && marker <= SOF15 && marker != DAC && marker != 0xC8)
            return read_frame(r, marker, segment);
        if (marker < APP0 || marker > APP15)
            return PHOTO_UNSUPPORTED; /* DAC, DNL, DHP, EXP and what is reserved */
        read_application(r, marker, segment);
        return 0;
    }
}

/* Follows the rule that viewers share: a JFIF or an Adobe marker decides, else the components'
 * names. */
static bool is_rgb(const struct reader *r)
{
    const struct jpeg_component *c = r->scan->component;
    if (r->scan->components != JPEG_COMPONENTS || r->jfif_seen)
        return false;
    if (r->adobe != ADOBE_NONE)
        return r->adobe == 0;
    return c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B';
}

/* What can be said only when the last marker has been read. */
static int conclude(struct reader *r)
{
    struct jpeg_scan *scan = r->scan;
    if (scan->scans == 0)
        return scan->no_end ? PHOTO_TRUNCATED : PHOTO_DAMAGED;
    if (r->covered != (1u << scan->components) - 1)
        return PHOTO_TRUNCATED;
    scan->end = (size_t)(scan->entropy.data - r->file.data) + scan->entropy.len;
    if (r->at < r->file.len)
        scan->notes |= PHOTO_HAD_SECOND;
    scan->rgb = is_rgb(r);
    if (!r->profile_nonsense && r->profile_seen == (2u << r->profile_total) - 2)
        scan->profile_chunks = r->profile_total;
    for (unsigned i = 0; i < scan->components; i++) {
        const struct jpeg_component *c = &scan->component[i];
        if (scan->quant[c->quant].numbers.len == 0)
            return PHOTO_DAMAGED;
        if (scan->dc[c->dc].len == 0 || scan->ac[c->ac].len == 0)
            scan->simple = false; /* the standard's tables are meant: libjpeg knows them */
    }
    return 0;
}

/* What may stand behind entropy data. Any other code there is no marker of the file's writer: its
 * bytes were overwritten. */
static bool may_follow_scan(uint8_t marker)
{
    return marker == DHT || marker == DQT || marker == DRI || marker == SOS || marker == COM ||
           (marker >= APP0 && marker <= APP15);
}

/* True when the file has its end, so that a length beyond it is damage and no cut. */
static bool has_end(struct span file)
{
    return memcmp(file.data + file.len - 2, "\xFF\xD9", 2) == 0;
}

/* Reads what stands between two pieces of entropy data. Positive: a verdict; 0: go on; -1: the file
 * is over. */
static int read_marker(struct reader *r)
{
    const uint8_t *data = r->file.data;
    size_t len = r->file.len;
    if (r->at == len) {
        r->scan->no_end = true;
        return -1;
    }
    if (data[r->at] != 0xFF)
        return PHOTO_DAMAGED;
    while (r->at < len && data[r->at] == 0xFF)
        r->at++;
    if (r->at == len) {
        r->scan->no_end = true;
        return -1;
    }
    uint8_t marker = data[r->at++];
    if (marker == EOI)
        return -1;
    if (marker <= TEM || (marker >= RST0 && marker <= SOI))
        return PHOTO_DAMAGED;
    bool after_scan = r->scan->scans > 0;
    if (after_scan && !may_follow_scan(marker))
        return PHOTO_DAMAGED;
    if (len - r->at < 2)
        return PHOTO_TRUNCATED;
    size_t segment_len = read_16(data + r->at);
    if (segment_len < 2)
        return PHOTO_DAMAGED;
    if (segment_len > len - r->at)
        return after_scan && has_end(r->file) ? PHOTO_DAMAGED : PHOTO_TRUNCATED;
    struct span segment = {data + r->at + 2, segment_len - 2};
    r->at += segment_len;
    return read_segment(r, marker, segment);
}

int jpeg_scan_read(struct span jpeg, const struct judge_limits *limits, struct jpeg_scan *scan_out)
{
    *scan_out = (struct jpeg_scan){.orientation = 1, .simple = true};
    struct reader r = {
        .file = jpeg, .at = 2, .limits = limits, .scan = scan_out, .adobe = ADOBE_NONE};
    if (jpeg.len < 3 || memcmp(jpeg.data, "\xFF\xD8\xFF", 3) != 0)
        return PHOTO_NOT_JPEG;
    int result;
    do
        result = read_marker(&r);
    while (result == 0);
    return result > 0 ? result : conclude(&r);
}
