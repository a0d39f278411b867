import { toMnistDigit } from 'nacre/datasets';
import type { Messages } from '../i18n/index.ts';
import { readPicture } from '../images/read.ts';
import type { Prediction } from '../report/types.ts';
import { digitProbabilities, type Network } from '../session.ts';

/** Reads a picture, makes of it what the training images are, and asks the network which digit it shows. */
export async function readDigit(network: Network, picture: string, text: Messages): Promise<Prediction> {
  const { image, inverted } = toMnistDigit(await readPicture(picture, text));
  return { picture, image, inverted, probabilities: await digitProbabilities(network, image) };
}
