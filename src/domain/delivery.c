/* SPDX-License-Identifier: Apache-2.0
 *
 * Geometry only; a few metres of error over a kilometre do not matter against a phone's own.
 */
#include "domain/delivery.h"

#include <math.h>

double delivery_distance(double lat_a, double lon_a, double lat_b, double lon_b)
{
    const double radius = 6371000.0, degree = 3.14159265358979323846 / 180.0;
    double half_lat = sin((lat_b - lat_a) * degree / 2),
           half_lon = sin((lon_b - lon_a) * degree / 2);
    double h =
        half_lat * half_lat + cos(lat_a * degree) * cos(lat_b * degree) * half_lon * half_lon;
    return 2 * radius * asin(sqrt(h < 1 ? h : 1));
}

bool delivery_is_blank(const struct delivery *delivery)
{
    return delivery->address.line_count == 0;
}
