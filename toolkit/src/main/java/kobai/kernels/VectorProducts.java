package kobai.kernels;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The matrix products of {@link VectorKernels}: blocking and packing around the register tiles. A
 * block over k continues the chains found in C, so that no blocking changes a bit. Arguments have
 * been checked.
 */
final class VectorProducts {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int WIDTH = FLOATS.length();
  private static final int PANEL = Kernels.PANEL;
  private static final int STRIP = Kernels.STRIP;

  /** One vector is one panel row, and there are 32 registers. */
  private static final boolean WIDE = WIDTH == PANEL;

  /** Vectors that copy the 8 neighbours of a strip row. */
  private static final VectorSpecies<Float> COPY = WIDTH > STRIP ? FloatVector.SPECIES_256 : FLOATS;

  /** Steps of k for which two panels (32 KB) and 8 rows of A stay near the first-level cache. */
  private static final int K_BLOCK = 256;

  /**
   * Shorter steps where both factors are packed: the scratch stays within 256 KB and the chains in
   * C are still cheap.
   */
  private static final int K_BLOCK_TRANSPOSED = 128;

  /** Rows of A whose K_BLOCK columns stay in the second-level cache. */
  private static final int M_BLOCK = 256;

  /**
   * Rows of C whose N_BLOCK columns stay in the second-level cache while all of k runs. Packing B
   * once more for every so many rows costs less than reading C again for every K_BLOCK steps.
   */
  private static final int C_BLOCK = 512;

  /** Columns of B packed at a time. */
  private static final int N_BLOCK = 256;

  /** Where chains start that continue nothing; read only, with a row stride of zero. */
  private static final float[] ZEROS = new float[4 * PANEL];

  /** Rows from which on a tile takes several; fewer take several panels instead. */
  private static final int TILE_ROWS = WIDE ? 8 : 4;

  /** Panels of {@link #single}; {@link #pair} takes as many, or half. */
  private static final int FEW_ROWS_PANELS = 4;

  private static final int FEW_ROWS_COLUMNS = FEW_ROWS_PANELS * PANEL;

  /** Rows of {@link #EDGE} at a time. */
  private static final int EDGE_ROWS = 128;

  /**
   * Where the ragged columns of C are computed as a whole panel (of few rows as up to four), before
   * they are copied to their place.
   */
  private static final ThreadLocal<float[]> EDGE =
      ThreadLocal.withInitial(() -> new float[EDGE_ROWS * PANEL]);

  /** Steps of k packed at a time: rows a page apart share the ways of one set of the cache. */
  private static final int PACKED_STEPS = 8;

  /** With fewer rows (or steps of k) than this, packing costs more than it saves. */
  private static final int PACKING_PAYS = 4;

  private VectorProducts() {}

  /** C ← A B or C ← C + A B with B packed. */
  static void packed(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] packed,
      int packedAt,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    int p = 0;
    do {
      int steps = Math.min(K_BLOCK, k - p);
      for (int i = 0; i < m; i += M_BLOCK) {
        block(
            Math.min(M_BLOCK, m - i),
            n,
            steps,
            a,
            aAt + i * aRow + p,
            aRow,
            packed,
            packedAt + p * PANEL,
            k * PANEL,
            c,
            cAt + i * cRow,
            cRow,
            add || p > 0);
      }
      p += K_BLOCK;
    } while (p < k);
  }

  /** As {@link #packed}, for k steps of panels that lie {@code panel} floats apart. */
  private static void block(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int panel,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    if (n % PANEL == 0) {
      panels(m, n / PANEL, k, a, aAt, aRow, b, bAt, panel, c, cAt, cRow, add);
      return;
    }
    int panels = n / PANEL + 1;
    int direct = m < TILE_ROWS ? n / FEW_ROWS_COLUMNS * FEW_ROWS_PANELS : panels - 1;
    int whole = direct * PANEL;
    panels(m, direct, k, a, aAt, aRow, b, bAt, panel, c, cAt, cRow, add);
    float[] edge = EDGE.get();
    int edgeRow = (panels - direct) * PANEL;
    for (int i = 0; i < m; i += EDGE_ROWS) {
      int rows = Math.min(EDGE_ROWS, m - i);
      int a0 = aAt + i * aRow;
      int c0 = cAt + i * cRow + whole;
      if (add) {
        copyIn(rows, n - whole, c, c0, cRow, edge, edgeRow);
      }
      int b0 = bAt + direct * panel;
      panels(rows, panels - direct, k, a, a0, aRow, b, b0, panel, edge, 0, edgeRow, add);
      copyOut(rows, n - whole, edge, edgeRow, c, c0, cRow);
    }
  }

  /** {@link #block} for whole panels. */
  private static void panels(
      int m,
      int panels,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int panel,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    if (panels == 0) {
      return;
    }
    int body = m < TILE_ROWS ? 0 : m / 4 * 4;
    if (body == 0) {
      few(m, panels, k, a, aAt, aRow, b, bAt, panel, c, cAt, cRow, add);
      return;
    }
    if (WIDE) {
      int q = 0;
      for (; q + 1 < panels; q += 2) {
        int b0 = bAt + q * panel;
        int c0 = cAt + q * PANEL;
        WideTiles.rows(body, k, a, aAt, aRow, b, b0, b0 + panel, c, c0, cRow, add);
      }
      if (q < panels) {
        int even = body / 8 * 8;
        int b0 = bAt + q * panel;
        int c0 = cAt + q * PANEL;
        WideTiles.column(even, k, a, aAt, aRow, b, b0, c, c0, cRow, add);
        int a1 = aAt + even * aRow;
        int c1 = c0 + even * cRow;
        few(body - even, 1, k, a, a1, aRow, b, b0, panel, c, c1, cRow, add);
      }
    } else {
      float[] start = add ? c : ZEROS;
      int startRow = add ? cRow : 0;
      for (int q = 0; q < panels; q++) {
        for (int h = 0; h < PANEL; h += 2 * WIDTH) {
          int c0 = cAt + q * PANEL + h;
          int b0 = bAt + q * panel + h;
          int startAt = add ? c0 : 0;
          NarrowTiles.rows(body, k, a, aAt, aRow, b, b0, start, startAt, startRow, c, c0, cRow);
        }
      }
    }
    int a1 = aAt + body * aRow;
    int c1 = cAt + body * cRow;
    few(m - body, panels, k, a, a1, aRow, b, bAt, panel, c, c1, cRow, add);
  }

  /** Rows in pairs, and one by itself. */
  private static void few(
      int m,
      int panels,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int panel,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    int i = 0;
    for (; i + 1 < m; i += 2) {
      pair(panels, k, a, aAt + i * aRow, aRow, b, bAt, panel, c, cAt + i * cRow, cRow, add);
    }
    if (i < m) {
      single(panels, k, a, aAt + i * aRow, b, bAt, panel, c, cAt + i * cRow, add);
    }
  }

  /**
   * Two rows times whole panels; a group that is not full repeats the last panel and writes it
   * twice.
   */
  private static void pair(
      int panels,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int panel,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    float[] start = add ? c : ZEROS;
    int startRow = add ? cRow : 0;
    int on = add ? 1 : 0;
    if (WIDE) {
      for (int q = 0; q < panels; q += 4) {
        int d1 = Math.min(1, panels - 1 - q);
        int d2 = Math.min(2, panels - 1 - q);
        int d3 = Math.min(3, panels - 1 - q);
        int b0 = bAt + q * panel;
        int c0 = cAt + q * PANEL;
        WideTiles.pair(
            k,
            a,
            aAt,
            aAt + aRow,
            b,
            b0,
            b0 + d1 * panel,
            b0 + d2 * panel,
            b0 + d3 * panel,
            c,
            c0,
            c0 + cRow,
            d1 * PANEL,
            d2 * PANEL,
            d3 * PANEL,
            add);
      }
    } else {
      for (int q = 0; q < panels; q += 2) {
        int d1 = Math.min(1, panels - 1 - q);
        for (int j = 0; j < PANEL; j += 2 * WIDTH) {
          int b0 = bAt + q * panel + j;
          int c0 = cAt + q * PANEL + j;
          NarrowTiles.pair(
              k,
              a,
              aAt,
              aAt + aRow,
              b,
              b0,
              b0 + d1 * panel,
              start,
              on * c0,
              startRow,
              c,
              c0,
              c0 + cRow,
              d1 * PANEL);
        }
      }
    }
  }

  /** One row times whole panels, as {@link #pair}. */
  private static void single(
      int panels,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int panel,
      float[] c,
      int cAt,
      boolean add) {
    float[] start = add ? c : ZEROS;
    int on = add ? 1 : 0;
    for (int q = 0; q < panels; q += 4) {
      int d1 = Math.min(1, panels - 1 - q);
      int d2 = Math.min(2, panels - 1 - q);
      int d3 = Math.min(3, panels - 1 - q);
      int b0 = bAt + q * panel;
      int c0 = cAt + q * PANEL;
      if (WIDE) {
        WideTiles.single(
            k,
            a,
            aAt,
            b,
            b0,
            b0 + d1 * panel,
            b0 + d2 * panel,
            b0 + d3 * panel,
            c,
            c0,
            d1 * PANEL,
            d2 * PANEL,
            d3 * PANEL,
            add);
      } else {
        for (int j = 0; j < PANEL; j += 2 * WIDTH) {
          NarrowTiles.single(
              k,
              a,
              aAt,
              b,
              b0 + j,
              b0 + d1 * panel + j,
              b0 + d2 * panel + j,
              b0 + d3 * panel + j,
              start,
              on * (c0 + j),
              c,
              c0 + j,
              d1 * PANEL,
              d2 * PANEL,
              d3 * PANEL);
        }
      }
    }
  }

  /** C ← A B or C ← C + A B with A in strips and B in panels, both of k steps. */
  static void strips(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    int whole = n / PANEL * PANEL;
    stripsByPanels(m, whole, k, a, aAt, b, bAt, c, cAt, cRow, add);
    if (whole < n) {
      float[] edge = EDGE.get();
      for (int i = 0; i < m; i += EDGE_ROWS) {
        int rows = Math.min(EDGE_ROWS, m - i);
        int c0 = cAt + i * cRow + whole;
        if (add) {
          copyIn(rows, n - whole, c, c0, cRow, edge, PANEL);
        }
        stripsByPanels(rows, PANEL, k, a, aAt + i * k, b, bAt + whole * k, edge, 0, PANEL, add);
        copyOut(rows, n - whole, edge, PANEL, c, c0, cRow);
      }
    }
  }

  /** {@link #strips} for whole panels. */
  private static void stripsByPanels(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      int cRow,
      boolean add) {
    if (WIDE) {
      int j = 0;
      for (; j + PANEL < n; j += 2 * PANEL) {
        int b0 = bAt + j * k;
        WideTiles.strips(m, k, a, aAt, b, b0, b0 + PANEL * k, c, cAt + j, cRow, add);
      }
      if (j < n) {
        WideTiles.stripsColumn(m, k, a, aAt, b, bAt + j * k, c, cAt + j, cRow, add);
      }
    } else {
      float[] start = add ? c : ZEROS;
      int startRow = add ? cRow : 0;
      for (int j = 0; j < n; j += 2 * WIDTH) {
        int b0 = bAt + j / PANEL * PANEL * k + j % PANEL;
        int startAt = add ? cAt + j : 0;
        NarrowTiles.halfStrips(m, k, a, aAt, b, b0, start, startAt, startRow, c, cAt + j, cRow);
      }
    }
  }

  /** Rows of C into the front of {@code edge}, padded with zeros to its rows. */
  private static void copyIn(
      int m, int n, float[] c, int cAt, int cRow, float[] edge, int edgeRow) {
    Arrays.fill(edge, 0, m * edgeRow, 0);
    for (int i = 0; i < m; i++) {
      System.arraycopy(c, cAt + i * cRow, edge, i * edgeRow, n);
    }
  }

  /** The other way, without the padding. */
  private static void copyOut(
      int m, int n, float[] edge, int edgeRow, float[] c, int cAt, int cRow) {
    for (int i = 0; i < m; i++) {
      System.arraycopy(edge, i * edgeRow, c, cAt + i * cRow, n);
    }
  }

  /** Scratch for {@link #gemm} (packed B) and {@link #gemmTransposedAdd} (both packed). */
  static int scratch(int m, int n, int k) {
    int columns = Math.min(n, N_BLOCK);
    int plain = Kernels.packedSize(Math.min(k, K_BLOCK), columns);
    int steps = Math.min(k, K_BLOCK_TRANSPOSED);
    int transposed =
        Kernels.packedSize(steps, columns) + Kernels.stripsSize(Math.min(m, M_BLOCK), steps);
    return Math.max(plain, transposed);
  }

  /** C ← A B. */
  static void gemm(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt) {
    if (m < PACKING_PAYS || k == 0) {
      for (int i = 0; i < m; i++) {
        Arrays.fill(c, cAt + i * cRow, cAt + i * cRow + n, 0);
        VectorColumns.vectorMatrixAdd(a, aAt + i * aRow, b, bAt, bRow, c, cAt + i * cRow, k, n);
      }
      return;
    }
    for (int j = 0; j < n; j += N_BLOCK) {
      int columns = Math.min(N_BLOCK, n - j);
      for (int i = 0; i < m; i += C_BLOCK) {
        int rows = Math.min(C_BLOCK, m - i);
        for (int p = 0; p < k; p += K_BLOCK) {
          int steps = Math.min(K_BLOCK, k - p);
          pack(b, bAt + p * bRow + j, bRow, 1, steps, columns, PANEL, scratch, scratchAt);
          for (int above = 0; above < rows; above += M_BLOCK) {
            int row = i + above;
            block(
                Math.min(M_BLOCK, rows - above),
                columns,
                steps,
                a,
                aAt + row * aRow + p,
                aRow,
                scratch,
                scratchAt,
                steps * PANEL,
                c,
                cAt + row * cRow + j,
                cRow,
                p > 0);
          }
        }
      }
    }
  }

  /** C ← C + Aᵀ B. */
  static void gemmTransposedAdd(
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int aRow,
      float[] b,
      int bAt,
      int bRow,
      float[] c,
      int cAt,
      int cRow,
      float[] scratch,
      int scratchAt) {
    if (k < PACKING_PAYS) {
      for (int p = 0; p < k; p++) {
        for (int i = 0; i < m; i++) {
          axpy(a[aAt + p * aRow + i], b, bAt + p * bRow, c, cAt + i * cRow, n);
        }
      }
      return;
    }
    for (int p = 0; p < k; p += K_BLOCK_TRANSPOSED) {
      int steps = Math.min(K_BLOCK_TRANSPOSED, k - p);
      for (int j = 0; j < n; j += N_BLOCK) {
        int columns = Math.min(N_BLOCK, n - j);
        int stripsAt = scratchAt + Kernels.packedSize(steps, columns);
        pack(b, bAt + p * bRow + j, bRow, 1, steps, columns, PANEL, scratch, scratchAt);
        for (int i = 0; i < m; i += M_BLOCK) {
          int rows = Math.min(M_BLOCK, m - i);
          pack(a, aAt + p * aRow + i, aRow, 1, steps, rows, STRIP, scratch, stripsAt);
          strips(
              rows,
              columns,
              steps,
              scratch,
              stripsAt,
              scratch,
              scratchAt,
              c,
              cAt + i * cRow + j,
              cRow,
              true);
        }
      }
    }
  }

  /**
   * Packs n neighbours of k steps, element (p, j) at {@code at + p·step + j·next}, into groups of
   * {@code group}, padded with zeros: panels (16) and strips (8) are the same thing.
   */
  static void pack(
      float[] x, int at, int step, int next, int k, int n, int group, float[] out, int outAt) {
    int whole = n / group * group;
    if (next == 1) {
      packNeighbours(x, at, step, k, whole, group, out, outAt);
    } else {
      for (int j = 0; j < whole; j += group) {
        packApart(x, at + j * next, step, next, k, group, out, outAt + j * k);
      }
    }
    if (whole < n) {
      packRagged(x, at + whole * next, step, next, k, n - whole, group, out, outAt + whole * k);
    }
  }

  /** A few steps of all groups at a time: a cache line that two groups share is read once. */
  private static void packNeighbours(
      float[] x, int at, int step, int k, int n, int group, float[] out, int outAt) {
    for (int from = 0; from < k; from += PACKED_STEPS) {
      int to = Math.min(k, from + PACKED_STEPS);
      for (int j = 0; j < n; j += COPY.length()) {
        int y = outAt + j / group * group * k + j % group;
        for (int p = from; p < to; p++) {
          FloatVector.fromArray(COPY, x, at + p * step + j).intoArray(out, y + p * group);
        }
      }
    }
  }

  /**
   * Four of the group at a time, so that a cache line written is nearly finished before the next
   * one is begun.
   */
  private static void packApart(
      float[] x, int from, int step, int next, int k, int group, float[] out, int to) {
    for (int j = 0; j < group; j += 4) {
      int x0 = from + j * next;
      int x1 = x0 + next;
      int x2 = x1 + next;
      int x3 = x2 + next;
      for (int p = 0; p < k; p++) {
        int y = to + p * group + j;
        out[y] = x[x0 + p * step];
        out[y + 1] = x[x1 + p * step];
        out[y + 2] = x[x2 + p * step];
        out[y + 3] = x[x3 + p * step];
      }
    }
  }

  private static void packRagged(
      float[] x, int from, int step, int next, int k, int count, int group, float[] out, int to) {
    for (int p = 0; p < k; p++) {
      for (int j = 0; j < group; j++) {
        out[to + p * group + j] = j < count ? x[from + p * step + j * next] : 0;
      }
    }
  }

  /** y ← fma(α, x, y). */
  static void axpy(float alpha, float[] x, int xAt, float[] y, int yAt, int n) {
    FloatVector factor = FloatVector.broadcast(FLOATS, alpha);
    int bound = FLOATS.loopBound(n);
    int i = 0;
    for (; i < bound; i += WIDTH) {
      FloatVector old = FloatVector.fromArray(FLOATS, y, yAt + i);
      factor.fma(FloatVector.fromArray(FLOATS, x, xAt + i), old).intoArray(y, yAt + i);
    }
    for (; i < n; i++) {
      y[yAt + i] = Math.fma(alpha, x[xAt + i], y[yAt + i]);
    }
  }
}
