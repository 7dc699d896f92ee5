#!/bin/sh
# A small encoder of real text that anybody can make again: masked language modelling on TED talks in six languages.
#
#     sh examples/encoder.sh [FOLDER]
#
# Needs a network once (or the files in the cache, see 'xlt data show ted2020') and, with LINES as it stands, some half an
# hour on two cores. LANGS, LINES, EPOCHS and VOCAB may be set outside. Its alignment is then scored on NTREX-128.
set -eu
mkdir -p "${1:-encoder-of-ted}"
cd "${1:-encoder-of-ted}"

LANGS=${LANGS:-"es fr ru ar zh"}
LINES=${LINES:-60000}
EPOCHS=${EPOCHS:-3}
VOCAB=${VOCAB:-16000}

# shellcheck disable=SC2086 # the languages are words
xlt data fetch -q ted2020 en $LANGS >/dev/null

# Of a pair the first file is English, the second the other language. English is the same talks everywhere: once is enough.
for t in $LANGS; do
  xlt data path ted2020 en "$t" | sed -n 2p | xargs head -n "$LINES" >"text.$t"
  [ -e text.en ] || xlt data path ted2020 en "$t" | sed -n 1p | xargs head -n "$LINES" >text.en
done
xlt pretrain --resume -o encoder --num-layers 4 --hidden-size 256 --vocab-size "$VOCAB" --epochs "$EPOCHS" --lr 1e-3 text.??

for t in $LANGS; do
  xlt extract-pairs -q --force --lowercase --dict muse --corpus ntrex128 --split test -o "$t.parquet" en "$t"
done
xlt align-score --force -o scores.parquet encoder ./??.parquet
