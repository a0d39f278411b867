/** A kernel as programs have them, to measure a compilation with: a small product and a polynomial over its result. */
export const sampleSource = `#include <stdint.h>
#include <string.h>
typedef float lanes __attribute__((vector_size(32), aligned(4)));
void nacre_run(char *base, uint32_t args, uint32_t scratch, uint32_t status) {
  (void)scratch;
  (void)status;
  const uint32_t *slots = (const uint32_t *)(base + args);
  const float *left = (const float *)(base + slots[0]), *right = (const float *)(base + slots[1]);
  float *result = (float *)(base + slots[2]);
  for (int row = 0; row < 64; row += 4)
    for (int column = 0; column < 64; column += 8) {
      lanes sums[4] = {{0}, {0}, {0}, {0}};
      for (int k = 0; k < 64; k++) {
        lanes values;
        memcpy(&values, right + k * 64 + column, sizeof values);
        for (int i = 0; i < 4; i++) sums[i] += left[(row + i) * 64 + k] * values;
      }
      for (int i = 0; i < 4; i++) memcpy(result + (row + i) * 64 + column, &sums[i], sizeof sums[i]);
    }
  for (int i = 0; i < 4096; i++) {
    float x = result[i];
    result[i] = 1.0f + x * (1.0f + x * (0.5f + x * (0.16666667f + x * 0.041666668f)));
  }
}
`;
