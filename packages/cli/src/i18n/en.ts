import { showBytes, showCount } from 'nacre/terminal';

/** Every text the command line shows, in English. The other languages have the type of this table: none can miss a message. */
export const en = {
  errorPrefix: 'error: ',

  usage: {
    title: (name: string, version: string) => `${name} ${version}: deep learning for TypeScript`,
    usage: 'Usage:',
    commands: 'Commands:',
    options: 'Options:',
    command: '<command>',
    optionsPlaceholder: '[options]',
    more: 'nacre <command> --help shows the options of a command.',
    /** Stands right after a description. */
    defaultValue: (value: string) => ` (default: ${value})`,

    start: 'Train on handwritten digits, show what was learned, then read a digit from a picture',
    run: 'Run an example, or list the examples: short lessons with data, training and pictures',
    train: 'Train on handwritten digits',
    predict: 'Say which digit a PNG or JPEG picture shows, with the network of a run',
    download: 'Fetch all 60,000 + 10,000 handwritten digits (MNIST) into the cache folder',
    doctor: 'Show what this machine offers and what will be used',

    lang: 'Language of all messages: en or zh',
    json: 'Write machine-readable lines (JSON) instead of text',
    help: 'Show this help',
    version: 'Show the version',
    epochs: 'How many times to go through the training images',
    batchSize: 'Images in one training step',
    lr: 'First learning rate of Adam; falls to zero',
    seed: 'Seed of every random choice; the same seed gives the same bits',
    resume: 'Go on with an interrupted run, such as runs/mnist-20250131-093000',
    data: 'Folder with the four MNIST files (IDX, also gzipped) to train with instead',
    limit: 'Train with the first N images only, for a quick try',
    name: 'Name of the folder in runs/ (default: mnist and the time)',
    out: 'Folder for what is written (default: runs/ and the name)',
    small: 'Take little of everything: ends within seconds, to see that it works',
    exampleData: 'Folder with the data, in folders mnist, cifar10, stocks, reviews-zh, text',
    exampleEpochs: 'How many times to go through the training data (default: what the example needs)',
    device: 'Where to compute: native, wasm or reference',
    threads: 'How many threads to use (default: chosen for the machine)',
  },

  usageError: {
    unknownCommand: (name: string) => `there is no command "${name}"`,
    unknownOption: (flag: string) => `there is no option ${flag}`,
    unknownDataset: (name: string) => `there is no dataset "${name}", only mnist`,
    unknownExample: (name: string) => `there is no example "${name}"`,
    seeExamples: 'nacre run lists them all.',
    /** The whole message: what is wrong, what was probably meant (may be empty), and where the help is. */
    compose: (problem: string, suggestion: string, help: string) =>
      [`${problem}.`, suggestion, help].filter((sentence) => sentence !== '').join(' '),
    suggestion: (name: string) => `Did you mean ${name}?`,
    seeHelp: (command: string) => `${command} --help shows what there is.`,
    missingValue: (flag: string, value: string) => `${flag} needs a value: ${flag} ${value}`,
    needlessValue: (flag: string) => `${flag} takes no value`,
    badValue: (flag: string, value: string, expected: string) => `${flag} ${value}: expected ${expected}`,
    missingArgument: (name: string) => `${name} is missing`,
    needlessArgument: (value: string) => `"${value}" is one argument too many`,
    positiveInteger: 'a whole number from 1 on',
    seedRange: 'a whole number from 0 to 4294967295',
    positiveNumber: 'a number greater than 0',
    oneOf: (values: readonly string[]) => `one of ${values.join(', ')}`,
    someText: 'a text that is not empty',
    fixedByRun: (flag: string) =>
      `${flag} cannot be given with --resume: a resumed run keeps what it was started with`,
  },

  images: {
    missing: (path: string) => `${path}: there is no such file. Check the path`,
    isFolder: (path: string) => `${path} is a folder. Name a PNG or JPEG file in it`,
    notRegular: (path: string) => `${path} is a pipe or a device. Name a PNG or JPEG file`,
    unreadable: (path: string, code: string) => `${path} cannot be read (${code}). Check its permissions`,
    empty: (path: string) => `${path} is empty. Expected a PNG or JPEG file`,
    fileTooLarge: (path: string, limit: number) =>
      `${path} is larger than ${showBytes(limit)}. Scale the picture down first`,
    unknownFormat: (path: string) =>
      `${path} is neither a PNG nor a JPEG file. Save the picture as one of these`,
    otherFormat: (path: string, format: string) =>
      `${path} is a ${format} file. Only PNG and JPEG are read: save the picture as one of these`,
    noPixels: (path: string, width: number, height: number) =>
      `${path} has no pixels: its header says ${width} × ${height}`,
    tooManyPixels: (path: string, width: number, height: number, limit: number) =>
      `${path} has ${showCount(width)} × ${showCount(height)} pixels; less than ${showCount(limit)} in all can be read. Scale the picture down first`,
    corrupt: (path: string, reason: string) =>
      `${path} is damaged: ${reason}. Save or copy the picture again`,
    noHeader: (format: string) => `its ${format} header is not complete`,
  },

  runs: {
    badName: (name: string) =>
      `--name ${name}: a name has letters, digits, spaces and . _ - only, begins with a letter or a digit, and has at most 100 characters`,
    inUse: (path: string, pid: number) =>
      `${path} is in use by process ${pid}. Wait until it ends, or choose another --name`,
    inUseElsewhere: (path: string, host: string, lock: string) =>
      `${path} is in use on ${host}. If no process there is using it, delete ${lock}`,
    notEmpty: (path: string) =>
      `${path} already holds a run, and nothing is written over. Choose another --name, go on with it by --resume ${path}, or delete the folder`,
    cannotWrite: (path: string, code: string) =>
      `${path} cannot be written (${code}). Start from a folder that you may write to and that has space left`,
    missing: (path: string) =>
      `${path}: there is no such run. A run is a folder, such as runs/mnist-20250131-093000`,
    noCheckpoint: (path: string) => `${path} holds no checkpoint to go on from. Start a new run instead`,
    finished: (path: string) => `${path} has been trained to its end. Start a new run instead`,
    badSettings: (file: string) => `${file} is not what a run writes there. Start a new run instead`,
    noModel: (path: string) =>
      `${path} holds no model.safetensors: its training has not ended. npx nacre train mnist --resume ${path} goes on with it if it was stopped`,
    otherData: (path: string, before: string, now: string) =>
      `${path} was trained with ${before}, but the data found now is ${now}. Give the same data with --data`,
  },

  train: {
    heading: (version: string, device: string) => `Nacre ${version} on ${device}`,
    device: (name: string, simd: boolean, threads: number) =>
      `${name}${simd ? ' with SIMD' : ''}, ${threads === 1 ? '1 thread' : `${threads} threads`}`,
    data: 'Data',
    dataLine: (train: number, test: number, source: string) =>
      `${showCount(train)} images to train, ${showCount(test)} to test (${source})`,
    sources: {
      package: 'npm package mnist',
      full: 'the full set',
    },
    fullSetHint: 'npx nacre download mnist fetches all 70,000',
    network: 'Network',
    networkLine: (layers: string, parameters: number) => `${layers}: ${showCount(parameters)} parameters`,
    training: 'Training',
    trainingLine: (epochs: number, batchSize: number, lr: number, seed: number) =>
      `${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}, batches of ${batchSize}, Adam with learning rate ${lr}, seed ${seed}`,
    folder: 'Folder',
    resumed: (folder: string) => `${folder}, which goes on where it stopped`,
    epoch: (epoch: number, epochs: number) => `Epoch ${epoch}/${epochs}`,
    perStep: (time: string) => `${time}/step`,
    remaining: (clock: string) => `${clock} left`,
    test: 'Test',
    testLine: (accuracy: string, loss: string, count: number) =>
      `accuracy ${accuracy}, loss ${loss} on ${showCount(count)} images never trained on`,
    confusion: 'Confusion matrix',
    curves: 'Learning curves',
    files: 'Files',
    done: (accuracy: string, time: string, step: string) =>
      `Done: ${accuracy} of the test images recognised after ${time} of training, ${step} a step.`,
    interrupted: (path: string) =>
      `Stopped. The checkpoint is in ${path}. This goes on from here, to the same bits:`,
    diverged: (lr: number) =>
      `The loss is no number any more, so the training was ended. Try a smaller --lr than ${lr}`,
    stopping: 'Stopping after this step; Ctrl-C once more quits at once.',
  },

  run: {
    heading: 'Examples, in reading order:',
    more: 'nacre run <name> runs one; --small ends within seconds, --help shows the options.',
  },

  lesson: {
    setting: (seed: number, device: string) => `seed ${seed}, ${device}`,
    small: '--small: little data and few steps, so the figures say nothing',
    result: 'result',
    reached: 'reached',
    required: 'required',
    done: (time: string) => `Done in ${time}.`,
    stopped: 'Stopped. What was written until now is whole.',
    noData: (folder: string, set: string) =>
      `${folder} has no folder ${set}. Put the data there, or leave --data out`,
  },

  predict: {
    heading: (path: string) => `A digit from a picture: ${path}`,
    asTrained: 'as the network sees it',
    asTrainedInverted: 'as the network sees it (dark on light, so inverted)',
    answer: (digit: number, percent: string) => `This is a ${digit} (${percent}).`,
  },

  download: {
    progress: (file: string, done: string, total: string) => `${file}  ${done} of ${total}`,
    done: (path: string) => `All four files of MNIST are in ${path}. npx nacre start uses them from now on.`,
  },

  doctor: {
    heading: (version: string) => `Nacre ${version}: what this machine offers`,
    node: 'Node.js',
    processor: 'Processor',
    processorLine: (model: string, cores: number) => `${model}, ${cores === 1 ? '1 core' : `${cores} cores`}`,
    memory: 'Memory',
    simd: 'SIMD',
    threads: 'Threads',
    sharedMemory: 'Shared memory',
    compiler: 'C compiler',
    gpu: 'GPU',
    device: 'Will run on',
    cache: 'Cache folder',
    datasets: 'Datasets',
    yes: 'yes',
    no: 'no',
    noCompiler: 'none found ($CC, cc, clang, gcc); not needed: the wasm tier needs none',
    compilerNotTried: 'not looked for',
    refused: (command: string, fault: string, detail: string) =>
      `without ${command}: it ${fault} (${detail})`,
    compilerFlags: 'Compiler flags',
    koffi: 'C calls',
    noKoffi: 'the package koffi cannot be loaded: npm install koffi',
    native: 'Native tier',
    nativeReady: (time: string) => `can be used; a sample compiled in ${time}`,
    nativeSampleFailed: 'a sample did not compile; the wasm tier computes the same',
    noNative: 'not here; the wasm tier computes the same, more slowly',
    noNativeOnSystem: 'not on this system; the wasm tier computes the same, more slowly',
    nativeCache: 'Native cache',
    nativeCacheLine: (path: string, count: string, size: string, limit: string) =>
      `${path}: ${count === '1' ? '1 library' : `${count} libraries`}, ${size} of at most ${limit}`,
    nativeCacheProblem: (problem: string) => `not used: ${problem}`,
    faults: {
      missing: 'is not there',
      failed: 'fails',
      crashed: 'crashes',
      timeout: 'takes too long',
      garbage: 'makes no usable library',
      processor: 'makes code for another processor',
      files: 'cannot write its files',
      load: 'makes what cannot be loaded',
      ffi: 'cannot be called',
      platform: 'is not for this system',
    },
    gpuPresent: 'WebGPU is present',
    gpuMissing: 'Node.js has no WebGPU; browsers do',
    noCores: 'unknown',
    mnistPackage: 'mnist: 10,000 digits of the npm package',
    mnistCached: 'mnist: all 70,000 digits are in the cache',
    mnistHint: 'npx nacre download mnist fetches all 70,000',
  },
};

/** What a language must provide: every text of the English table, taking the same arguments. */
export type Messages = typeof en;
