"""The commands that are run, in order, in a folder that holds the inputs; outputs of one are inputs of the next."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Command:
    """A command line and what of it is pinned.

    Attributes:
        line: as a user types it, without ``xlt``.
        outputs: tables and folders whose records are pinned; texts (``.md``, ``.html``, ``.txt``) by what they say.
        values: whether numbers and texts of the tables are pinned, too: those that hang on no trained weights.
        status: the exit status.
    """

    line: str
    outputs: tuple[str, ...]
    values: bool = True
    status: int = 0


def _output(line: str) -> str:
    words = line.split()
    return words[words.index("-o") + 1] if "-o" in words else ""


def _c(line: str, *more: str, values: bool = True) -> Command:
    return Command(line, tuple(name for name in (_output(line), *more) if name), values)


def _unfinished(line: str, name: str) -> Command:
    # A rate with which no number stays finite: the run breaks off and leaves what a resume would compare.
    return Command(f"{line} --lr 1e38 --save-steps 1 --device cpu -o {name}", (f"{name}.training",), status=1)


_EXTRACT = "extract-pairs en fr --corpus corpus.tsv"
_TRAIN = "--device cpu --lr 1e-3"
_STUDY = "wide.scores.parquet wide.results.parquet"

COMMANDS = (
    _c(f"{_EXTRACT} --dict dictionary.txt -o dict.parquet --tag part=one --tag other=x"),
    _c("extract-pairs en ar --corpus corpus.tsv --dict dictionary.txt -o arabic.parquet"),
    _c(f"{_EXTRACT} --dict dictionaries --dict-split train --lowercase --strip-diacritics --tokenizer fr=wordpunct "
       "--keep-empty --limit 25 --sample 20 --seed 7 --split dev -o dict-options.parquet"),
    _c(f"{_EXTRACT} --dict dictionary.txt --hold-out 8 --seed 3 -o part.parquet", "part.held-out.parquet"),
    _c(f"{_EXTRACT} --dict dictionary.txt --pretokenized --shard 2/3 -o shard.parquet"),
    _c(f"{_EXTRACT} --dict dictionary.txt --format pharaoh -o dict.txt"),
    _c(f"{_EXTRACT} --aligner fastalign --save-priors priors.parquet -o fastalign.parquet", "priors.parquet"),
    _c(f"{_EXTRACT} --aligner fastalign --load-priors priors.parquet --symmetrise intersect --shard 1/2 --keep-many "
       "-o fastalign-loaded.parquet"),
    _c(f"{_EXTRACT} --aligner fastalign --symmetrise union --chunk 7 --keep-identical --lowercase "
       "-o fastalign-union.parquet"),
    _c(f"{_EXTRACT} --aligner awesome --model encoder --layer 2 -o awesome.parquet"),
    _c(f"{_EXTRACT} --aligner awesome --model encoder --layer 1 --threshold 0.1 --pool mean --dtype float32 "
       "-o awesome-options.parquet"),
    _c(f"{_EXTRACT} --aligner argmax --model encoder --layer -1 --pool first -o argmax.parquet"),
    _c(f"{_EXTRACT} --aligner itermax --model encoder --layer 2 --overlong cut --max-length 12 --keep-many "
       "--keep-identical -o itermax.parquet"),
    _c(f"{_EXTRACT} --links links -o links.parquet"),
    _c(f"{_EXTRACT} --links links1 --one-based --keep-identical --limit 9 -o links-one-based.parquet"),
    _c("aer gold links --json"),
    _c("aer gold fastalign.parquet --resamples 50 --seed 1 --json"),
    # Vectors and scores.
    _c("embed encoder dict.parquet -o embedded"),
    _c("embed encoder dict.parquet arabic.parquet --layers 0,-1 --pool mean --n-pairs 20 --seed 5 "
       "--overlong cut --max-length 14 --drop-blank-subwords --tag note=y -o embedded-options"),
    _c("embed encoder dict.parquet --layers 2 --shard 1/2 -o embedded-shard"),
    _c("align-score encoder dict.parquet -o scores.parquet"),
    _c("align-score encoder dict.parquet arabic.parquet --similarity csls --csls-k 3 --center --n-pairs 30 --seed 9 "
       "--unique-types --pool last --layers 1,-1 --strength weak --direction src-tgt --overlong skip --max-length 20 "
       "--drop-blank-subwords --block 16 --per-item items.parquet --tag note=z -o scores-options.parquet",
       "items.parquet"),
    _c("align-score encoder dict.parquet --n-pairs 0 --strength strong --layers -1 -o scores-all.parquet"),
    _c("align-score --embeddings embedded -o scores-embedded.parquet --per-item items-embedded.parquet",
       "items-embedded.parquet"),
    _c("align-score --embeddings embedded-options --similarity csls --n-pairs 8 -o scores-embedded-options.parquet"),
    _c("align-score --embeddings vectors --csls-k 2 --similarity csls --center -o scores-vectors.parquet"),
    # Training.
    _c("pretrain text.en text.fr --vocab-size 60 --num-layers 1 --hidden-size 16 --num-heads 2 --max-length 16 "
       "--batch-size 32 --device cpu -o pretrained", values=False),
    _c("pretrain text.en --tlm dict.parquet --vocab-size 60 --num-layers 1 --hidden-size 16 --num-heads 2 "
       "--intermediate-size 24 --max-length 16 --dropout 0 --steps 2 --batch-size 8 --limit 20 --warmup 0.5 "
       "--clip-norm 0.5 --optimizer adam --save-every 1 --seed 2 --device cpu --tag note=x -o pretrained-options",
       "pretrained-options-step1", values=False),
    _c("realign encoder dict.parquet --device cpu -o realigned", values=False),
    _c(f"realign encoder dict.parquet arabic.parquet --strength weak --temperature 0.2 --layers 1,-1 --pool mean "
       "--steps 3 --batch-size 6 --max-length 12 --drop-blank-subwords --optimizer adamw --schedule constant "
       "--clip-norm 1 --freeze front,embeddings --micro-batch 4 --seed 5 --dtype bfloat16 --save-every 2 "
       f"--tag note=x {_TRAIN} -o realigned-options", "realigned-options-step2", values=False),
    _c("realign encoder dict.parquet arabic.parquet --loss l2 --steps 3 --device cpu -o realigned-l2", values=False),
    _c(f"realign encoder fastalign.parquet --loss l2 --keep tgt --regularisation 0.5 --layers all --pool first "
       f"--batch-size 5 --steps 2 --warmup 0.3 {_TRAIN} -o realigned-l2-options", values=False),
    _c("finetune encoder en --task pos --data {lang}.{split}.pos --device cpu -o pos", values=False),
    # With no rate the classifier stays as the seed made it, so that what it says is always the same.
    _c("finetune encoder en --task pos --data {lang}.{split}.pos --device cpu --lr 0 --epochs 1 --seed 11 -o still",
       values=False),
    _c(f"finetune realigned en fr --task pos --data en=en.train.pos --data fr=fr.train.pos --epochs 2 --batch-size 8 "
       "--limit 10 --max-length 16 --overlong cut --drop-blank-subwords --head-lr 1e-2 --freeze front "
       f"--micro-batch 4 --clip-norm 1 --tag note=x {_TRAIN} -o pos-options", values=False),
    _c("finetune encoder en --task ner --data {lang}.{split}.ner --select best --select-on en,fr --epochs 2 "
       f"--freeze encoder {_TRAIN} -o ner", values=False),
    _c("finetune encoder en --task nli --data {lang}.{split}.nli --epochs 1 --device cpu --lr 0 -o nli", values=False),
    _c("finetune encoder en --task slots --data {lang}.{split}.ner --epochs 1 --device cpu -o slots", values=False),
    _c("finetune encoder en --task topic --data {lang}.{split}.topic --epochs 1 --device cpu -o topic", values=False),
    _c("finetune encoder en --task pos --data {lang}.{split}.pos --epochs 1 --device cpu --joint dict.parquet "
       "-o joint", values=False),
    _c("finetune encoder en --task pos --data {lang}.{split}.pos --epochs 2 --joint dict.parquet --joint "
       "arabic.parquet --joint-weight 0.1 --strength weak --temperature 0.5 --layers 2,-1 --pool last "
       f"--pair-batch-size 6 --pair-max-length 14 --freeze embeddings {_TRAIN} -o joint-options", values=False),
    _c("finetune encoder en --task nli --data {lang}.{split}.nli --epochs 1 --joint dict.parquet --loss l2 --keep tgt "
       f"--regularisation 2 {_TRAIN} -o joint-l2", values=False),
    _unfinished("pretrain text.en text.fr --vocab-size 60 --num-layers 1 --hidden-size 16 --num-heads 2",
                "unfinished-pretrain"),
    _unfinished("realign encoder dict.parquet --steps 9", "unfinished-realign"),
    _unfinished("realign encoder dict.parquet arabic.parquet --steps 9 --loss l2", "unfinished-l2"),
    _unfinished("finetune encoder en --task pos --data {lang}.{split}.pos --batch-size 2 --joint dict.parquet",
                "unfinished-joint"),
    _c("finetune encoder en fr --task pos --data {lang}.{split}.pos --limit 7 --batch-size 3 --dry-run"),
    # Results.
    _c("eval still en fr --predictions predictions.parquet -o results.parquet", "predictions.parquet"),
    _c("eval still fr --data {lang}.{split}.pos --split dev,test --limit 6 --resamples 50 --seed 4 --overlong skip "
       "--max-length 10 --predictions predictions-options.parquet --tag note=x -o results-options.parquet",
       "predictions-options.parquet"),
    _c("eval ner zh --segment zh --resamples 0 -o results-zh.parquet", values=False),
    _c("eval still en --shard 2/2 --predictions shard-predictions.parquet", "shard-predictions.parquet"),
    _c("eval --from predictions.parquet --resamples 20 --tag note=y -o rescored.parquet"),
    _c("eval ner en fr --repair-bio --reading iob2:strict --predictions predictions-ner.parquet -o results-ner.parquet",
       "predictions-ner.parquet", values=False),
    _c("eval --from predictions-ner.parquet --task ner -o rescored-ner.parquet", values=False),
    _c("eval nli en --per-label -o results-nli.parquet"),
    # A study: what a model does after realignment and fine-tuning, and tables of another program, whose numbers stand.
    _c("align-score still dict.parquet arabic.parquet --layers -1 -o after.parquet"),
    _c("align-score pos-options dict.parquet --layers -1 -o after-options.parquet", values=False),
    _c("align-score realigned dict.parquet --layers -1 -o between.parquet", values=False),
    _c("eval pos-options en fr -o results-pos-options.parquet", values=False),
    _c("correlate scores.parquet after.parquet after-options.parquet between.parquet results.parquet "
       "results-pos-options.parquet --across signature,task --interval none --points points.parquet -o chain.parquet",
       "points.parquet", values=False),
    _c("report change scores.parquet after.parquet after-options.parquet between.parquet -o changes.parquet",
       values=False),
    _c("align-score encoder dict.parquet --layers -1 --tag method=one -o tagged-before.parquet"),
    _c("align-score still dict.parquet --layers -1 --tag method=one -o tagged-after.parquet"),
    _c("report change scores.parquet tagged-before.parquet tagged-after.parquet -o tagged-changes.parquet"),
    _c("report transfer results.parquet results-pos-options.parquet --baseline finetune -o transfer.parquet",
       values=False),
    _c("import wide wide.csv --tag origin=there", "wide.scores.parquet", "wide.results.parquet"),
    _c("import wide wide.csv --source de --split dev --strength weak --scores s.parquet --results r.parquet",
       "s.parquet", "r.parquet"),
    _c(f"correlate {_STUDY} --points wide.points.parquet --tag remark=x -o correlations.parquet",
       "wide.points.parquet"),
    _c(f"correlate {_STUDY} --interval cluster:model,lang,seed --resamples 100 --by stage,direction,depth "
       "--across recipe,scored --method kendall --adjust holm --seed 8 -o correlations-cluster.parquet"),
    _c(f"correlate {_STUDY} --by stage,direction,depth --across recipe,scored --difference direction=src-tgt,tgt-src "
       "--resamples 100 --adjust bh --method pearson -o differences.parquet"),
    _c("correlate wide.points.parquet --x alignment --y ctl --interval cluster:lang --resamples 50 "
       "-o correlations-plain.csv"),
    _c("report correlations correlations.parquet -o correlations.md"),
    _c("report correlations correlations.parquet correlations-cluster.parquet -o collected.parquet"),
    _c("report change wide.scores.parquet -o wide.changes.parquet"),
    _c("report change wide.points.parquet --layers -1 --ddof 0 -o changes.md"),
    _c("report transfer wide.results.parquet --baseline baseline -o wide.transfer.parquet"),
    _c("report transfer wide.results.parquet --baseline baseline --ddof 0 --averages -o averages.md"),
    _c("report transfer wide.results.parquet --method recipe,origin --baseline 'baseline, there' --split test "
       "--metric accuracy -o transfer.md"),
    _c(f"report html {_STUDY} correlations.parquet differences.parquet --baseline baseline --title Pins -o page.html"),
    # A world.
    _c("lab languages --languages 2 --sentences 40 --seed 5 --tag note=x -o world"),
    _c("lab languages --world smaller.toml --seed 6 -o smaller"),
    _c("show dict.parquet --rows 2"),
)  # fmt: skip
