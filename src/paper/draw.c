/* SPDX-License-Identifier: Apache-2.0
 *
 * One page, whatever is on it: the text is measured first, smaller and smaller until the picture
 * has room, and no text may take more lines than its place has. The picture's bytes are handed to
 * the PDF as they are. Dates come from the sheet, so that the same sheet always gives the same
 * bytes.
 */
#include "paper/draw.h"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include "base/file.h"

#define PAGE_WIDTH  595.276 /* A4 in points */
#define PAGE_HEIGHT 841.89
#define MARGIN      42.0
#define WIDTH       (PAGE_WIDTH - 2 * MARGIN)
#define LABELS      (WIDTH * 0.30)
#define PICTURE_MIN 190.0
#define PICTURE_MAX 330.0
enum { MARKS = 3, SIDE_MOST = 16384, FACTS_MOST = 12, SECTIONS_MOST = 6 };

struct sheet {
    const json_t *json;
    cairo_t *cairo;
    PangoContext *context;
    double scale; /* of the text */
    double y;
    bool draws; /* or only measures */
    bool rtl;
};

static const char *text_of(const struct sheet *sheet, const char *name)
{
    const char *text = json_string_value(json_object_get(sheet->json, name));
    return text ? text : "";
}

/* How one piece of text is set. */
struct style {
    double size;
    bool bold;
    bool fixed; /* all letters of one width, for hashes */
    double grey;
    int lines; /* at most */
};

static const struct style brand = {9, false, false, 0.4, 1}, heading = {19, true, false, 0, 3},
                          line = {10, false, false, 0.15, 3}, label = {9, false, false, 0.35, 2},
                          value = {9, false, false, 0, 3}, hash = {7.4, false, true, 0, 3},
                          title = {9, true, false, 0, 1}, words = {8.4, false, false, 0.1, 9};

/* Sets text in a column and moves nothing: its height. */
static double put(struct sheet *sheet, const char *text, const struct style *style, double x,
                  double width)
{
    int height;
    PangoLayout *layout = pango_layout_new(sheet->context);
    PangoFontDescription *font = pango_font_description_new();
    pango_font_description_set_family(font, style->fixed ? "DejaVu Sans Mono, monospace"
                                                         : "DejaVu Sans, Noto Sans, sans-serif");
    pango_font_description_set_absolute_size(font, style->size * sheet->scale * PANGO_SCALE);
    pango_font_description_set_weight(font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(layout, font);
    pango_font_description_free(font);
    pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
    pango_layout_set_height(layout, -style->lines);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_alignment(layout, sheet->rtl ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_text(layout, text, -1);
    pango_layout_get_size(layout, NULL, &height);
    if (sheet->draws) {
        cairo_set_source_rgb(sheet->cairo, style->grey, style->grey, style->grey);
        cairo_move_to(sheet->cairo, x, sheet->y);
        pango_cairo_show_layout(sheet->cairo, layout);
    }
    g_object_unref(layout);
    return height / (double)PANGO_SCALE;
}

static void put_line(struct sheet *sheet, const char *text, const struct style *style, double gap)
{
    if (*text)
        sheet->y += put(sheet, text, style, MARGIN, WIDTH) + gap * sheet->scale;
}

/* Label and value side by side, the label where reading begins. */
static void put_rows(struct sheet *sheet, const char *name, const struct style *style)
{
    const json_t *rows = json_object_get(sheet->json, name);
    double values = WIDTH - LABELS;
    for (size_t i = 0; i < json_array_size(rows) && i < FACTS_MOST; i++) {
        const json_t *row = json_array_get(rows, i);
        const char *left = json_string_value(json_array_get(row, 0));
        const char *right = json_string_value(json_array_get(row, 1));
        double a =
            put(sheet, left ? left : "", &label, sheet->rtl ? MARGIN + values : MARGIN, LABELS - 6);
        double b =
            put(sheet, right ? right : "", style, sheet->rtl ? MARGIN : MARGIN + LABELS, values);
        sheet->y += (a > b ? a : b) + 2 * sheet->scale;
    }
}

static void put_head(struct sheet *sheet)
{
    const json_t *lines = json_object_get(sheet->json, "lines");
    put_line(sheet, text_of(sheet, "brand"), &brand, 6);
    put_line(sheet, text_of(sheet, "heading"), &heading, 4);
    for (size_t i = 0; i < json_array_size(lines) && i < FACTS_MOST; i++) {
        const char *text = json_string_value(json_array_get(lines, i));
        put_line(sheet, text ? text : "", &line, 2);
    }
    sheet->y += 6 * sheet->scale;
}

static void put_foot(struct sheet *sheet)
{
    const json_t *sections = json_object_get(sheet->json, "sections");
    put_line(sheet, text_of(sheet, "caption"), &label, 6);
    put_rows(sheet, "facts", &value);
    sheet->y += 4 * sheet->scale;
    put_rows(sheet, "proof", &hash);
    for (size_t i = 0; i < json_array_size(sections) && i < SECTIONS_MOST; i++) {
        const json_t *section = json_array_get(sections, i);
        const char *name = json_string_value(json_array_get(section, 0));
        const char *text = json_string_value(json_array_get(section, 1));
        sheet->y += 5 * sheet->scale;
        put_line(sheet, name ? name : "", &title, 1);
        put_line(sheet, text ? text : "", &words, 0);
    }
}

/* The height that text takes at a scale. */
static double measure(struct sheet *sheet, double scale)
{
    sheet->draws = false;
    sheet->scale = scale;
    sheet->y = 0;
    put_head(sheet);
    put_foot(sheet);
    return sheet->y;
}

/* ---- the picture ---- */

/* What it is seen under, written across it again and again; the picture itself is untouched. */
static void put_mark(struct sheet *sheet, double x, double width, double height)
{
    const char *text = text_of(sheet, "mark");
    static const struct style style = {13, true, false, 1, 1};
    double top = sheet->y, scale = sheet->scale;
    if (!*text)
        return;
    sheet->scale = 1;
    cairo_save(sheet->cairo);
    cairo_rectangle(sheet->cairo, x, top, width, height);
    cairo_clip(sheet->cairo);
    for (int i = 0; i < MARKS; i++) {
        double part = 0.2 + 0.3 * i;
        cairo_set_source_rgba(sheet->cairo, 0, 0, 0, 0.45);
        cairo_rectangle(sheet->cairo, x, top + height * part - 3, width, 22);
        cairo_fill(sheet->cairo);
        sheet->y = top + height * part;
        (void)put(sheet, text, &style, x + 8, width - 16);
    }
    cairo_restore(sheet->cairo);
    sheet->y = top;
    sheet->scale = scale;
}

/* Cairo embeds the file where a surface has it; the surface itself is never read. */
static bool put_picture(struct sheet *sheet, struct span jpeg, double room)
{
    int width = (int)json_integer_value(json_object_get(sheet->json, "width"));
    int height = (int)json_integer_value(json_object_get(sheet->json, "height"));
    if (width < 1 || height < 1 || width > SIDE_MOST || height > SIDE_MOST)
        return false;
    double factor = WIDTH / width < room / height ? WIDTH / width : room / height;
    double x = MARGIN + (WIDTH - width * factor) / 2;
    cairo_surface_t *picture = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    bool good = cairo_surface_set_mime_data(picture, CAIRO_MIME_TYPE_JPEG, jpeg.data, jpeg.len,
                                            NULL, NULL) == CAIRO_STATUS_SUCCESS;
    cairo_save(sheet->cairo);
    cairo_translate(sheet->cairo, x, sheet->y);
    cairo_scale(sheet->cairo, factor, factor);
    cairo_set_source_surface(sheet->cairo, picture, 0, 0);
    cairo_paint(sheet->cairo);
    cairo_restore(sheet->cairo);
    cairo_surface_destroy(picture);
    put_mark(sheet, x, width * factor, height * factor);
    sheet->y += height * factor + 5;
    return good;
}

/* ---- the page ---- */

static bool draw_page(struct sheet *sheet, struct span jpeg)
{
    double scale = 1, height = measure(sheet, scale), page = PAGE_HEIGHT - 2 * MARGIN;
    while (scale > 0.5 && page - height < PICTURE_MIN)
        height = measure(sheet, scale -= 0.04);
    double room = page - height - 5;
    sheet->draws = true;
    sheet->y = MARGIN;
    put_head(sheet);
    bool good = room > 20 && put_picture(sheet, jpeg, room < PICTURE_MAX ? room : PICTURE_MAX);
    put_foot(sheet);
    cairo_show_page(sheet->cairo);
    return good;
}

static cairo_status_t write_out(void *closure, const unsigned char *data, unsigned length)
{
    const int *fd = closure;
    return file_write(*fd, (struct span){data, length}) == 0 ? CAIRO_STATUS_SUCCESS
                                                             : CAIRO_STATUS_WRITE_ERROR;
}

static void describe(cairo_surface_t *surface, const struct sheet *sheet)
{
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, text_of(sheet, "title"));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Porchlight");
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                   text_of(sheet, "created"));
    cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_MOD_DATE, text_of(sheet, "created"));
}

bool draw_sheet(const json_t *json, struct span jpeg, int fd)
{
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_out, &fd, PAGE_WIDTH, PAGE_HEIGHT);
    struct sheet sheet = {.json = json, .cairo = cairo_create(surface)};
    describe(surface, &sheet);
    sheet.rtl = strcmp(text_of(&sheet, "dir"), "rtl") == 0;
    sheet.context = pango_cairo_create_context(sheet.cairo);
    pango_context_set_base_dir(sheet.context,
                               sheet.rtl ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    pango_context_set_language(sheet.context, pango_language_from_string(text_of(&sheet, "lang")));
    bool good = draw_page(&sheet, jpeg);
    g_object_unref(sheet.context);
    good = good && cairo_status(sheet.cairo) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(sheet.cairo);
    cairo_surface_finish(surface);
    good = good && cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    cairo_surface_destroy(surface);
    return good;
}
