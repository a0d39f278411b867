import { optionsOf } from '../base/options.ts';
import type { ArrayDataset } from '../data/dataset.ts';
import { parseCsv } from './csv.ts';
import { decodeText } from './decode-text.ts';
import { type PublicFile, publicFile, type SourceOptions, sourceOptionNames } from './download.ts';
import { irisRows } from './iris-rows.ts';
import type { Table } from './table.ts';
import { wineRows } from './wine-rows.ts';

/** Examples of a few numbers each, in classes. */
export interface TabularSet {
  /** Inputs float32 [features], and labels. */
  readonly dataset: ArrayDataset;
  /** The features by their names, and `class`: the name of it. */
  readonly table: Table;
  readonly features: readonly string[];
  readonly classes: readonly string[];
}

/** Rows of numbers that end with the number of the class. */
function tabular(rows: string, features: readonly string[], classes: readonly string[]): TabularSet {
  const types = Object.fromEntries([...features, 'class'].map((name) => [name, 'number'] as const));
  const numbers = parseCsv(rows, { header: [...features, 'class'], types, delimiter: ',' });
  const names = Array.from(numbers.numbers('class'), (code) => classes[code]);
  const table = numbers.withColumn('class', names);
  const dataset = table.toDataset({ inputs: features, target: 'class', classes });
  return { dataset, table, features, classes };
}

/**
 * Iris (R. A. Fisher, 1936): 150 flowers of three species, four measurements in centimetres each. Comes with Nacre.
 *
 * Shapes: 150 inputs [4] and labels 0 to 2
 *
 * @example
 * ```ts
 * import { iris } from 'nacre/datasets';
 * const { dataset, features, classes } = iris();
 * dataset.length; // → 150
 * dataset.get(0); // → [[5.1, 3.5, 1.4, 0.2], 0]
 * classes; // → ['setosa', 'versicolor', 'virginica']
 * ```
 */
export const iris = (): TabularSet =>
  tabular(
    irisRows,
    ['sepal length', 'sepal width', 'petal length', 'petal width'],
    ['setosa', 'versicolor', 'virginica'],
  );

/**
 * Wine (S. Aeberhard and M. Forina, UCI, 1992; CC BY 4.0): 178 wines of three cultivars, thirteen measurements each. Comes with Nacre.
 *
 * Shapes: 178 inputs [13] and labels 0 to 2
 *
 * @example
 * ```ts
 * import { wine } from 'nacre/datasets';
 * const { dataset, table } = wine();
 * dataset.length; // → 178
 * table.numbers('alcohol')[0]; // → 14.23
 * ```
 */
export const wine = (): TabularSet =>
  tabular(
    wineRows,
    [
      'alcohol',
      'malic acid',
      'ash',
      'alcalinity of ash',
      'magnesium',
      'total phenols',
      'flavanoids',
      'nonflavanoid phenols',
      'proanthocyanins',
      'color intensity',
      'hue',
      'OD280/OD315 of diluted wines',
      'proline',
    ],
    ['cultivar 1', 'cultivar 2', 'cultivar 3'],
  );

const breastCancerFile: PublicFile = {
  name: 'breast_cancer.csv',
  url: 'https://raw.githubusercontent.com/scikit-learn/scikit-learn/1.2.1/sklearn/datasets/data/breast_cancer.csv',
  bytes: 119_913,
  sha256: 'fed3eb72d0575ef6192293f5093c6e801b1476b577d0386bf4455504522172ed',
};

const nucleus = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];

/**
 * Breast cancer of Wisconsin (W. Wolberg, O. Mangasarian, N. Street, W. Street, UCI, 1993; CC BY 4.0): 569 tumours, malignant (0) or benign
 * (1), thirty measurements of cell nuclei each. From `dir`, a folder with scikit-learn's `breast_cancer.csv`; else from the cache folder,
 * into which it is fetched once (120 kB).
 *
 * @throws DataError for no network, with what to put where; FileError for a folder that lacks the file.
 *
 * Shapes: 569 inputs [30] and labels 0 to 1
 *
 * @example
 * ```ts
 * import { breastCancer } from 'nacre/datasets';
 * await breastCancer({ dir: 'no-such-folder' }); // → throws FileError
 * ```
 */
export async function breastCancer(options: SourceOptions = {}): Promise<TabularSet> {
  const op = 'breastCancer';
  optionsOf(op, options, sourceOptionNames);
  const bytes = await publicFile(op, 'breast-cancer', breastCancerFile, options);
  const text = decodeText(op, bytes, 'utf-8', breastCancerFile.name);
  const features = ['mean', 'error', 'worst'].flatMap((kind) =>
    nucleus.map((name) => (kind === 'error' ? `${name} error` : `${kind} ${name}`)),
  );
  // The first line counts rows and columns.
  return tabular(text.slice(text.indexOf('\n') + 1), features, ['malignant', 'benign']);
}
