'use strict';
// The timeline of chapter 2, drawn in the page: the twin of dlcore/teaching/chapters/history.py.
// EVENTS is dlcore/teaching/chapters/data/events.json, record by record; a test holds the two together.
const EVENTS = [
  {"id": "mcculloch_pitts", "year": 1943, "told": null, "kind": "idea", "title": "A neuron as a logical unit", "text": "McCulloch and Pitts showed that nets of all-or-none units can realise logical expressions. Their inputs carry no weights and nothing is learned; weights came later.", "claim": "The neuron of 1943 computed a weighted sum and learned.", "key": "mcculloch1943", "end": null, "reference": "McCulloch and Pitts 1943"},
  {"id": "hebb", "year": 1949, "told": null, "kind": "person", "title": "Hebb's book on learning", "text": "In The Organization of Behavior Donald Hebb proposed that a connection grows stronger when one cell repeatedly takes part in firing another. He said nothing about weakening.", "claim": null, "key": "hebb1949", "end": null, "reference": "Hebb 1949"},
  {"id": "ibm704", "year": 1954, "told": null, "kind": "hardware", "title": "The IBM 704 does floating point in hardware", "text": "A computer built in series, with floating-point arithmetic in hardware: an addition in 84 microseconds, a multiplication in 204. On such a machine the perceptron was later simulated.", "claim": "Floating-point arithmetic had to wait for the 1980s.", "key": "ibm704", "end": null, "reference": "IBM Archives 2003"},
  {"id": "dartmouth", "year": 1955, "told": 1956, "kind": "idea", "title": "The name artificial intelligence", "text": "A proposal dated 31 August 1955 asked for money for a summer study and gave the field its name. The meeting took place at Dartmouth in 1956.", "claim": "The name was coined at the meeting of 1956.", "key": "mccarthy1955", "end": null, "reference": "McCarthy and others 1955"},
  {"id": "perceptron", "year": 1957, "told": null, "kind": "idea", "title": "The perceptron", "text": "Rosenblatt's report on a perceiving and recognising automaton is of January 1957; the article in Psychological Review followed in November 1958. Both years are right, for different papers.", "claim": null, "key": "rosenblatt1957", "end": null, "reference": "Rosenblatt 1957"},
  {"id": "perceptron_press", "year": 1958, "told": null, "kind": "person", "title": "Rosenblatt before the press", "text": "In July 1958 the Office of Naval Research, which paid for the work, showed the idea to reporters: an IBM 704 learned to tell cards marked on the left from cards marked on the right. It was a simulation, the machine came later.", "claim": "In 1958 the press saw the perceptron machine.", "key": "nyt1958", "end": null, "reference": "The New York Times 1958"},
  {"id": "mark1", "year": 1960, "told": 1958, "kind": "hardware", "title": "The Mark I perceptron is shown", "text": "Four hundred photocells, a plugboard and weights turned by motors: the machine was shown to the public in June 1960.", "claim": "The machine was shown in 1958, the year of the demonstration to the press.", "key": "nilsson2010", "end": null, "reference": "Nilsson 2010"},
  {"id": "kelley", "year": 1960, "told": 1969, "kind": "idea", "title": "Derivatives carried backwards", "text": "Henry Kelley computed gradients for flight paths by carrying derivatives backwards through time, the mathematics of backpropagation without any network.", "claim": "Carrying derivatives backwards begins with Bryson and Ho's book of 1969.", "key": "kelley1960", "end": null, "reference": "Kelley 1960"},
  {"id": "lms", "year": 1960, "told": 1986, "kind": "idea", "title": "Adaline learns by gradient descent", "text": "Widrow and Hoff trained a linear unit on its squared error, sample by sample. This is stochastic gradient descent, a quarter of a century before backpropagation became popular.", "claim": "Units were first trained with gradients in 1986, the year of the article in Nature.", "key": "widrow1960", "end": null, "reference": "Widrow and Hoff 1960"},
  {"id": "rosenblatt_back", "year": 1962, "told": null, "kind": "idea", "title": "Errors sent back to an earlier layer", "text": "Rosenblatt's book has a chapter on sending corrections back to the layer before. With step units there is no gradient: his rule guesses. In the same year Widrow's Madaline adapted a first layer under a fixed logic.", "claim": "Nobody tried to train a first layer before the 1980s.", "key": "rosenblatt1962", "end": null, "reference": "Rosenblatt 1962"},
  {"id": "ivakhnenko", "year": 1965, "told": null, "kind": "idea", "title": "Networks with many layers", "text": "Ivakhnenko and Lapa built layer upon layer of polynomial units, keeping those that did best on separate data.", "claim": "Networks with several layers came after backpropagation.", "key": "ivakhnenko1965", "end": null, "reference": "Ivakhnenko and Lapa 1965"},
  {"id": "moore1965", "year": 1965, "told": null, "kind": "hardware", "title": "Moore counts components", "text": "Gordon Moore observed that the number of components on a chip doubled every year and expected it to go on for ten years. The law counts components; it does not speak of speed.", "claim": "Moore's law says that computers become faster.", "key": "moore1965", "end": null, "reference": "Moore 1965"},
  {"id": "alpac", "year": 1966, "told": null, "kind": "winter", "title": "A report ends machine translation", "text": "The committee ALPAC found machine translation slower, less accurate and more expensive than people, and most of its money in the United States went.", "claim": null, "key": "alpac1966", "end": null, "reference": "ALPAC 1966"},
  {"id": "amari", "year": 1967, "told": null, "kind": "person", "title": "Amari: stochastic gradient descent", "text": "Shun-ichi Amari's theory of adaptive pattern classifiers trains them by stochastic gradient descent, for general discriminant functions. That it carries over to several layers is a reading of it, for example Schmidhuber's (2015).", "claim": null, "key": "amari1967", "end": null, "reference": "Amari 1967"},
  {"id": "fukushima_relu", "year": 1969, "told": 2010, "kind": "idea", "title": "The rectifier", "text": "Kunihiko Fukushima used units that pass positive sums and cut off negative ones, the function now called ReLU, in a network that extracts features of pictures.", "claim": "The rectifier is of 2010, the year of Nair and Hinton's article.", "key": "fukushima1969", "end": null, "reference": "Fukushima 1969"},
  {"id": "perceptrons_book", "year": 1969, "told": null, "kind": "person", "title": "Perceptrons, by Minsky and Papert", "text": "The book proved what perceptrons of bounded order cannot compute. That several layers are more powerful was known to its authors; that extending the method would be sterile was, in their own words, an intuitive judgment.", "claim": "Minsky proved that neural networks cannot compute XOR.", "key": "minsky1969", "end": null, "reference": "Minsky and Papert 1969"},
  {"id": "nn_winter_1", "year": 1969, "told": null, "kind": "winter", "title": "First low of neural networks", "text": "From the end of the 1960s to the early 1980s the field was small. It had begun to shrink before the book appeared, and it did not die: Amari, Fukushima, Kohonen, Grossberg and others went on.", "claim": "The idea died completely at the end of the 1960s.", "key": "olazaran1996", "end": 1982, "reference": "Olazaran 1996"},
  {"id": "linnainmaa", "year": 1970, "told": null, "kind": "idea", "title": "Reverse-mode differentiation", "text": "Seppo Linnainmaa's master's thesis differentiates any program by carrying derivatives backwards, in order to follow rounding errors. Neural networks do not occur in it.", "claim": "In 1970 backpropagation was published for neural networks.", "key": "linnainmaa1970", "end": null, "reference": "Linnainmaa 1970"},
  {"id": "gmdh8", "year": 1971, "told": null, "kind": "idea", "title": "A network of eight layers", "text": "Ivakhnenko's paper on polynomial theory describes networks grown layer by layer, one of them eight layers deep.", "claim": null, "key": "ivakhnenko1971", "end": null, "reference": "Ivakhnenko 1971"},
  {"id": "lighthill", "year": 1973, "told": null, "kind": "winter", "title": "The Lighthill report", "text": "James Lighthill told the British Science Research Council that artificial intelligence had not kept its promises; support in Britain was cut.", "claim": null, "key": "lighthill1973", "end": null, "reference": "Lighthill 1973"},
  {"id": "werbos", "year": 1974, "told": null, "kind": "person", "title": "Werbos's thesis", "text": "Paul Werbos described in his thesis at Harvard how derivatives can be carried backwards through a model of many steps. The method became popular only in 1986.", "claim": "In 1974 backpropagation was rediscovered and has been popular since.", "key": "werbos1974", "end": null, "reference": "Werbos 1974"},
  {"id": "dennard", "year": 1974, "told": null, "kind": "hardware", "title": "Smaller and faster at the same power", "text": "Robert Dennard and colleagues showed how a transistor keeps its power density when all its lengths and voltages shrink together. While this held, smaller also meant faster.", "claim": null, "key": "dennard1974", "end": null, "reference": "Dennard and others 1974"},
  {"id": "ai_winter_1", "year": 1974, "told": 1969, "kind": "winter", "title": "The AI winter of the 1970s", "text": "Usually dated 1974 to 1980, after the reports of 1966 and 1973. Whether it happened is disputed: the historian Thomas Haigh counts a community that grew through the decade while a few large laboratories lost money.", "claim": "The first AI winter followed the book on perceptrons of 1969.", "key": "haigh2023", "end": 1980, "reference": "Haigh 2023"},
  {"id": "moore1975", "year": 1975, "told": null, "kind": "hardware", "title": "Moore corrects himself", "text": "Ten years on, Moore expected a doubling every two years. Over twenty years that makes a factor of 1024.", "claim": "The number of transistors doubles every 18 months.", "key": "moore1975", "end": null, "reference": "Moore 1975"},
  {"id": "cognitron", "year": 1975, "told": null, "kind": "idea", "title": "The cognitron", "text": "Fukushima's self-organising network of several layers learned features without a teacher.", "claim": null, "key": "fukushima1975", "end": null, "reference": "Fukushima 1975"},
  {"id": "cray1", "year": 1978, "told": null, "kind": "hardware", "title": "The Cray-1 is described", "text": "A supercomputer that sustained 138 million floating-point operations a second. A processor core of today needs a few thousandths of a second for as many.", "claim": null, "key": "russell1978", "end": null, "reference": "Russell 1978"},
  {"id": "neocognitron", "year": 1980, "told": 1989, "kind": "idea", "title": "The neocognitron", "text": "Layers that detect features take turns with layers that tolerate a shift: the plan of the convolutional network, trained without backpropagation.", "claim": "The convolutional plan is of 1989, the year of LeCun's network for zip codes.", "key": "fukushima1980", "end": null, "reference": "Fukushima 1980"},
  {"id": "intel8087", "year": 1980, "told": null, "kind": "hardware", "title": "Floating point for small computers", "text": "Intel's 8087 brought floating-point arithmetic to personal computers as a chip of its own.", "claim": null, "key": "palmer1980", "end": null, "reference": "Palmer 1980"},
  {"id": "hopfield", "year": 1982, "told": null, "kind": "person", "title": "Hopfield's network", "text": "John Hopfield gave a network of symmetric connections an energy that only falls, so that it settles into stored patterns.", "claim": null, "key": "hopfield1982", "end": null, "reference": "Hopfield 1982"},
  {"id": "dark_ages", "year": 1984, "told": null, "kind": "winter", "title": "A warning of winter", "text": "At the meeting of the American AI association a panel asked what would follow if the promises to industry were not kept. The text appeared the next year under the title The dark ages of AI.", "claim": null, "key": "mcdermott1985", "end": null, "reference": "McDermott and others 1985"},
  {"id": "ieee754", "year": 1985, "told": null, "kind": "hardware", "title": "One standard for floating point", "text": "The standard IEEE 754 fixed formats and rounding, so that results agree between machines of different makers.", "claim": null, "key": "ieee754", "end": null, "reference": "IEEE 1985"},
  {"id": "backprop", "year": 1986, "told": null, "kind": "idea", "title": "Backpropagation becomes popular", "text": "Rumelhart, Hinton and Williams showed that hidden units trained by backpropagation come to represent useful features: a report in 1985, the article in Nature in 1986. They made it popular; the method is older.", "claim": "Backpropagation was invented here.", "key": "rumelhart1986", "end": null, "reference": "Rumelhart, Hinton and Williams 1986"},
  {"id": "ai_winter_2", "year": 1987, "told": 1995, "kind": "winter", "title": "The AI winter of expert systems", "text": "About 1987 the market for Lisp machines collapsed, and with it the business of expert systems. Usually dated 1987 to 1993, it has little to do with neural networks, which were then in fashion.", "claim": "The second AI winter was that of neural networks, about 1995.", "key": "haigh2024", "end": 1993, "reference": "Haigh 2024"},
  {"id": "universal", "year": 1989, "told": null, "kind": "idea", "title": "One hidden layer suffices in principle", "text": "Cybenko, Funahashi and Hornik, Stinchcombe and White proved independently that one hidden layer approximates any continuous function on a compact set. How many units it takes is left open.", "claim": "One hidden layer computes any function.", "key": "hornik1989", "end": null, "reference": "Hornik, Stinchcombe and White 1989"},
  {"id": "zip_codes", "year": 1989, "told": null, "kind": "person", "title": "LeCun reads zip codes", "text": "A convolutional network trained by backpropagation read handwritten digits from envelopes. Training took three days on a workstation.", "claim": null, "key": "lecun1989", "end": null, "reference": "LeCun and others 1989"},
  {"id": "hmm", "year": 1989, "told": null, "kind": "idea", "title": "Hidden Markov models rule speech", "text": "Rabiner's tutorial summed up the method on which speech recognisers rested until about 2010.", "claim": null, "key": "rabiner1989", "end": null, "reference": "Rabiner 1989"},
  {"id": "vanishing", "year": 1991, "told": 2010, "kind": "idea", "title": "Why deep gradients vanish", "text": "Sepp Hochreiter's diploma thesis analysed why derivatives shrink or explode on their way through many layers or time steps.", "claim": "That gradients vanish was found with deep learning, about 2010.", "key": "hochreiter1991", "end": null, "reference": "Hochreiter 1991"},
  {"id": "hybrids", "year": 1994, "told": null, "kind": "idea", "title": "Networks inside speech recognisers", "text": "Bourlard and Morgan's book on hybrids: a network estimates how probable each state is, and a hidden Markov model looks after the time.", "claim": "Networks entered speech recognition with deep learning.", "key": "bourlard1994", "end": null, "reference": "Bourlard and Morgan 1994"},
  {"id": "svm", "year": 1995, "told": null, "kind": "idea", "title": "Support-vector networks", "text": "Cortes and Vapnik's classifier has a convex training problem, in which no minimum is a bad one, and a theory of its errors. Many turned to it.", "claim": null, "key": "cortes1995", "end": null, "reference": "Cortes and Vapnik 1995"},
  {"id": "nn_winter_2", "year": 1995, "told": null, "kind": "winter", "title": "Second low of neural networks", "text": "In the late 1990s machine learning had largely given up neural networks, three of their pioneers wrote in 2015; the revival is dated about 2006. No event fixes the beginning: it is drawn here from 1995, the year of the support-vector networks.", "claim": null, "key": "lecun2015", "end": 2006, "reference": "LeCun, Bengio and Hinton 2015"},
  {"id": "lstm", "year": 1997, "told": null, "kind": "person", "title": "Hochreiter and Schmidhuber's LSTM", "text": "A recurrent network with gates that keep a memory over many steps.", "claim": "At the end of the 1990s only image work and two groups remained.", "key": "hochreiter1997", "end": null, "reference": "Hochreiter and Schmidhuber 1997"},
  {"id": "lenet5", "year": 1998, "told": null, "kind": "idea", "title": "LeNet-5 and the digits of MNIST", "text": "Sixty thousand trainable parameters, 0.95 per cent errors on MNIST, two to three days of training on one processor.", "claim": null, "key": "lecun1998", "end": null, "reference": "LeCun and others 1998"},
  {"id": "neural_lm", "year": 2003, "told": 2013, "kind": "person", "title": "Bengio's neural language model", "text": "A network learned vectors for words together with the probability of the next word.", "claim": "Word vectors begin in 2013, with word2vec.", "key": "bengio2003", "end": null, "reference": "Bengio and others 2003"},
  {"id": "gpu2004", "year": 2004, "told": 2009, "kind": "hardware", "title": "A network on a graphics card", "text": "Oh and Jung ran a neural network on a graphics card with the means of graphics, years before CUDA.", "claim": "Graphics cards were first used for networks after CUDA, in 2009.", "key": "oh2004", "end": null, "reference": "Oh and Jung 2004"},
  {"id": "cifar", "year": 2004, "told": null, "kind": "person", "title": "A Canadian institute pays for neural networks", "text": "From 2004 to 2013 the Canadian Institute for Advanced Research paid for a programme led by Hinton, with Bengio and LeCun among its members.", "claim": null, "key": "cifar2024", "end": null, "reference": "CIFAR 2024"},
  {"id": "dbn", "year": 2006, "told": null, "kind": "idea", "title": "Deep belief nets", "text": "Hinton, Osindero and Teh trained deep networks one layer at a time without labels. The name deep learning spread from here; other roots are older.", "claim": "Deep learning begins in 2006.", "key": "hinton2006", "end": null, "reference": "Hinton, Osindero and Teh 2006"},
  {"id": "cuda", "year": 2007, "told": null, "kind": "hardware", "title": "CUDA", "text": "NVIDIA's CUDA let programmers write ordinary C for graphics processors: many threads, each computing one element.", "claim": null, "key": "nickolls2008", "end": null, "reference": "Nickolls and others 2008"},
  {"id": "raina", "year": 2009, "told": null, "kind": "hardware", "title": "Pretraining 70 times faster", "text": "Raina, Madhavan and Ng trained deep belief nets on graphics processors up to 70 times faster than on an ordinary processor.", "claim": null, "key": "raina2009", "end": null, "reference": "Raina, Madhavan and Ng 2009"},
  {"id": "imagenet", "year": 2009, "told": null, "kind": "idea", "title": "ImageNet", "text": "A data set of photographs ordered by the nouns of WordNet. From 2010 on a yearly challenge used a part of it: 1000 classes, 1.28 million training images from 2012.", "claim": null, "key": "deng2009", "end": null, "reference": "Deng and others 2009"},
  {"id": "ciresan", "year": 2010, "told": null, "kind": "idea", "title": "Plain backpropagation is enough", "text": "A deep network on a graphics processor, with many distorted digits and no pretraining, left 0.35 per cent errors on MNIST.", "claim": null, "key": "ciresan2010", "end": null, "reference": "Cireşan and others 2010"},
  {"id": "speech", "year": 2012, "told": null, "kind": "idea", "title": "Speech turns to deep networks", "text": "Four groups reported together that deep networks had replaced the mixture models inside speech recognisers; the change took the years 2009 to 2012.", "claim": "Speech changed over in 2010.", "key": "hinton2012speech", "end": null, "reference": "Hinton and others 2012"},
  {"id": "alexnet", "year": 2012, "told": null, "kind": "idea", "title": "AlexNet wins the ImageNet challenge", "text": "Five networks together had a top-5 error of 16.4 per cent, seven of them, two pretrained on more pictures, 15.3; the best entry without a network had 26.2. Training one took five to six days on two graphics cards.", "claim": "One network won with 16.4 per cent.", "key": "krizhevsky2012", "end": null, "reference": "Krizhevsky, Sutskever and Hinton 2012"},
  {"id": "dropout", "year": 2012, "told": null, "kind": "idea", "title": "Dropout", "text": "Switching off random units during training keeps them from relying on one another. The preprint is of 2012, the journal article of 2014.", "claim": null, "key": "hinton2012dropout", "end": null, "reference": "Hinton and others 2012"},
  {"id": "attention", "year": 2014, "told": 2017, "kind": "idea", "title": "Translation learns to attend", "text": "Bahdanau, Cho and Bengio let a translating network look back at the words that matter.", "claim": "Attention was invented in 2017, with the transformer.", "key": "bahdanau2015", "end": null, "reference": "Bahdanau, Cho and Bengio 2014"},
  {"id": "tpu", "year": 2015, "told": null, "kind": "hardware", "title": "A processor for networks", "text": "Google's tensor processing unit multiplied 8-bit integers in its data centres from 2015; the description followed in 2017: 65,536 multipliers, 92 trillion operations a second.", "claim": null, "key": "jouppi2017", "end": null, "reference": "Jouppi and others 2017"},
  {"id": "batchnorm", "year": 2015, "told": null, "kind": "idea", "title": "Batch normalisation", "text": "Ioffe and Szegedy normalised the sums of each layer over the batch, and networks could be trained faster and deeper without pretraining.", "claim": null, "key": "ioffe2015", "end": null, "reference": "Ioffe and Szegedy 2015"},
  {"id": "resnet", "year": 2015, "told": null, "kind": "idea", "title": "Residual networks", "text": "With shortcuts around their layers networks of 152 layers could be trained; together they reached 3.57 per cent top-5 error. One trained person had 5.1.", "claim": "In 2015 computers saw better than people.", "key": "he2016", "end": null, "reference": "He and others 2016"},
  {"id": "alphago", "year": 2016, "told": null, "kind": "idea", "title": "A professional loses at Go", "text": "The article on AlphaGo, networks joined with tree search, reports the first match without handicap won against a professional player.", "claim": null, "key": "silver2016", "end": null, "reference": "Silver and others 2016"},
  {"id": "gnmt", "year": 2016, "told": null, "kind": "idea", "title": "A translation service turns neural", "text": "Google's translator was rebuilt around a recurrent network. Language had turned gradually: from scratch in 2011, word vectors in 2013, sequence to sequence in 2014.", "claim": "Language processing switched over in 2016.", "key": "wu2016", "end": null, "reference": "Wu and others 2016"},
  {"id": "transformer", "year": 2017, "told": null, "kind": "idea", "title": "The transformer", "text": "A network made of attention without recurrence or convolution. It trains in parallel over the whole sentence.", "claim": null, "key": "vaswani2017", "end": null, "reference": "Vaswani and others 2017"},
  {"id": "gpt", "year": 2018, "told": null, "kind": "idea", "title": "Pretrained on text: GPT", "text": "A transformer first learns to predict the next word of many books, and then a task from few labels. Pretraining, out of use for pictures, is back.", "claim": "Pretraining ended when deep networks could be trained without it.", "key": "radford2018", "end": null, "reference": "Radford and others 2018"},
  {"id": "bert", "year": 2018, "told": null, "kind": "idea", "title": "Pretrained on text: BERT", "text": "A transformer that fills in words left out, from both sides. It improved the state of the art in eleven tasks; preprint of 2018, paper of 2019.", "claim": null, "key": "devlin2019", "end": null, "reference": "Devlin and others 2019"},
  {"id": "turing", "year": 2018, "told": null, "kind": "person", "title": "A Turing award for three", "text": "Yoshua Bengio, Geoffrey Hinton and Yann LeCun received the prize for 2018.", "claim": null, "key": "turingaward2018", "end": null, "reference": "ACM 2018"},
  {"id": "gpt3", "year": 2020, "told": null, "kind": "idea", "title": "A language model as a few-shot learner", "text": "A model with 175 billion parameters does new tasks from a few examples in its input, with no change of its weights.", "claim": "Such a model learns while it answers.", "key": "brown2020", "end": null, "reference": "Brown and others 2020"},
  {"id": "diffusion", "year": 2020, "told": null, "kind": "idea", "title": "Pictures out of noise", "text": "Ho, Jain and Abbeel train a network to take a little noise away from a picture. Applied many times, it makes a picture out of nothing but noise.", "claim": null, "key": "ho2020", "end": null, "reference": "Ho, Jain and Abbeel 2020"},
  {"id": "clip", "year": 2021, "told": null, "kind": "idea", "title": "Pictures learned from their captions", "text": "CLIP learns from 400 million pairs of picture and text which belong together, and then names things that it was never given as classes.", "claim": null, "key": "radford2021", "end": null, "reference": "Radford and others 2021"},
  {"id": "alphafold", "year": 2021, "told": null, "kind": "idea", "title": "AlphaFold folds proteins", "text": "A network predicts the shape of a protein from its sequence, in most cases about as accurately as an experiment.", "claim": null, "key": "jumper2021", "end": null, "reference": "Jumper and others 2021"},
  {"id": "instruct", "year": 2022, "told": null, "kind": "idea", "title": "Language models that follow instructions", "text": "After training on people's judgements of its answers, a model a hundred times smaller than GPT-3 was preferred to it.", "claim": null, "key": "ouyang2022", "end": null, "reference": "Ouyang and others 2022"},
  {"id": "nobel", "year": 2024, "told": null, "kind": "person", "title": "A Nobel prize for networks", "text": "John Hopfield and Geoffrey Hinton received the prize in physics for work that made learning with artificial neural networks possible.", "claim": null, "key": "nobel2024", "end": null, "reference": "Royal Swedish Academy of Sciences 2024"},
  {"id": "nobel_chemistry", "year": 2024, "told": null, "kind": "person", "title": "A Nobel prize for proteins", "text": "Half of the prize in chemistry went to Demis Hassabis and John Jumper for predicting the structure of proteins, half to David Baker for designing them.", "claim": null, "key": "nobel2024chemistry", "end": null, "reference": "Royal Swedish Academy of Sciences 2024"},
];

(window.dlcoreLive ||= {})['timeline'] = ({person, idea, hardware, winter, dates, event}) => {
  const KINDS = ['person', 'idea', 'hardware', 'winter'];
  const NAMES = {person: 'people', idea: 'ideas', hardware: 'hardware and data', winter: 'winters'};
  const FIRST = 1940, LAST = 2026, LEFT = 24, SCALE = 4.2, LANE = 50, TOP = 74;
  const BLUE = '#0072B2', RED = '#B44A00', INK = '#222222', BOTTOM = TOP + 4 * LANE + 2;
  const on = {person, idea, hardware, winter}, told = dates === 'as it is often told';

  const place = (year) => LEFT + Math.floor(SCALE * (year - FIRST) + 0.5);
  const height = (lane, k) => TOP + LANE * lane + 24 + 9 * (k % 3);
  const text = (x, y, words, anchor = 'start', size = 14) =>
    `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}">${words}</text>`;
  const span = (record) => record.end ? `${record.year}–${record.end}` : `${record.year}`;
  const moved = (record) => record.told !== null && record.told !== record.year;

  function axis() {
    const shapes = [`<path d="M${place(FIRST)} ${BOTTOM}H${place(LAST)}" stroke="#444444"/>`];
    for (let year = FIRST; year < LAST; year += 10) {
      shapes.push(`<path d="M${place(year)} ${BOTTOM}v5" stroke="#444444"/>`);
      if (year % 20 === 0) shapes.push(text(place(year), BOTTOM + 20, year, 'middle'));
    }
    return shapes;
  }

  function mark(record, y, current) {
    const wrong = told && moved(record), x = place(wrong ? record.told : record.year);
    const colour = current ? (wrong ? RED : BLUE) : '#B4BEC6', shapes = [];
    if (current) {
      shapes.push(`<path d="M${x} ${y}V${BOTTOM}" stroke="${colour}" stroke-dasharray="2 3"/>`);
    }
    if (current && moved(record)) {
      const ghost = place(wrong ? record.year : record.told);
      shapes.push(`<path d="M${x} ${y}H${ghost}" stroke="${colour}" stroke-width="2"/>`,
        `<circle cx="${ghost}" cy="${y}" r="5" fill="white" stroke="${colour}" stroke-width="2"/>`);
    }
    if (record.end && !wrong) {
      const width = Math.max(place(record.end) - x, 4);
      shapes.push(`<rect x="${x}" y="${y - 4}" width="${width}" height="8" rx="3" ` +
        `fill="${colour}"/>`);
    } else {
      shapes.push(`<circle cx="${x}" cy="${y}" r="${current ? 7 : 4}" fill="${colour}"/>`);
    }
    return shapes;
  }

  function sentence(record, number) {
    const start = `Event ${number} of ${EVENTS.length}. `;
    if (told && record.claim) {
      return `${start}${moved(record) ? record.told : span(record)}: ${record.title}. ` +
        `As it is often told: ${record.claim}` +
        (moved(record) ? ` The literature has ${span(record)} (${record.reference}).` : '');
    }
    const agrees = told ? 'Here the usual story agrees with the literature. ' : '';
    return `${start}${span(record)}: ${record.title}. ${agrees}${record.text} ` +
      `Source: ${record.reference}.`;
  }

  const svg = (shapes) =>
    '<svg viewBox="0 0 400 304" font-family="DejaVu Sans, Verdana, sans-serif" ' +
    `fill="${INK}"><rect width="400" height="304" fill="#FFFFFF"/>${shapes.join('')}</svg>`;

  const seen = EVENTS.map((_, i) => i).filter((i) => on[EVENTS[i].kind]);
  if (seen.length === 0) {
    return {
      svg: svg([text(200, 36, 'nothing is chosen', 'middle'), ...axis()]),
      sentence: 'No kind of event is chosen, so the line is empty: tick one of the four boxes.',
    };
  }
  const before = seen.filter((i) => i < event);
  const now = before.length ? before[before.length - 1] : seen[0], record = EVENTS[now];
  const shapes = axis();
  let ours = 0;
  KINDS.forEach((kind, lane) => {
    if (!on[kind]) return;
    shapes.push(text(8, TOP + LANE * lane + 15, NAMES[kind]));
    EVENTS.filter((other) => other.kind === kind).forEach((other, k) => {
      if (other === record) ours = height(lane, k);
      else shapes.push(...mark(other, height(lane, k), false));
    });
  });
  const headline = !moved(record) ? span(record)
    : told ? `often told: ${record.told}` : `${span(record)}, not ${record.told}`;
  shapes.push(...mark(record, ours, true), text(200, 24, record.title, 'middle', 16),
    text(200, 48, headline, 'middle'));
  return {svg: svg(shapes), sentence: sentence(record, now + 1)};
};
