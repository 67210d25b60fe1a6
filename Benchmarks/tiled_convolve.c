// naive_convolve of kernels.py as one would write it by hand for speed: where the whole filter lies
// inside, four vectors of outputs at a time. Each output's sum keeps the order of the plain loops.

typedef double vector __attribute__((vector_size(64), aligned(8)));
enum { lanes = 8, tile = 4 * lanes };

static long least(long a, long b) { return a < b ? a : b; }
static long most(long a, long b) { return a > b ? a : b; }

static void plain(const double *f, const double *g, double *h, long rows, long columns, long height,
                  long width, long x, long begin, long end) {
  long smid = height / 2, tmid = width / 2;
  for (long y = begin; y < end; y++) {
    double value = 0;
    for (long s = most(smid - x, -smid); s < least(rows - x - smid, smid + 1); s++)
      for (long t = most(tmid - y, -tmid); t < least(columns - y - tmid, tmid + 1); t++)
        value += g[(smid - s) * width + tmid - t] * f[(x - smid + s) * columns + y - tmid + t];
    h[x * columns + y] = value;
  }
}

void tiled_convolve(const double *f, const double *g, double *h, long rows, long columns,
                    long height, long width) {
  long smid = height / 2, tmid = width / 2;
  for (long x = 0; x < rows; x++) {
    long y = least(2 * tmid, columns);
    plain(f, g, h, rows, columns, height, width, x, 0, y);
    for (; y + tile <= columns - 2 * tmid; y += tile) {
      vector a = {0}, b = {0}, c = {0}, d = {0};
      for (long s = most(smid - x, -smid); s < least(rows - x - smid, smid + 1); s++) {
        const double *row = f + (x - smid + s) * columns + y - tmid;
        const double *weights = g + (smid - s) * width + tmid;
        for (long t = -tmid; t <= tmid; t++) {
          double weight = weights[-t];
          const double *from = row + t;
          a += weight * *(const vector *)from;
          b += weight * *(const vector *)(from + lanes);
          c += weight * *(const vector *)(from + 2 * lanes);
          d += weight * *(const vector *)(from + 3 * lanes);
        }
      }
      double *to = h + x * columns + y;
      *(vector *)to = a;
      *(vector *)(to + lanes) = b;
      *(vector *)(to + 2 * lanes) = c;
      *(vector *)(to + 3 * lanes) = d;
    }
    plain(f, g, h, rows, columns, height, width, x, y, columns);
  }
}
