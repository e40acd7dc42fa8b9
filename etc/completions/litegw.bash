# bash completion for litegw; made by `litegw completion bash`
_litegw() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  local path="" word flags="" verbs="" argument="" value="" list=0 i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case "${path:+$path }$word" in
    "key"|"key create"|"key list"|"key show"|"key update"|"key block"|"key unblock"|"key rotate"|"key import"|"key delete"|"user"|"user create"|"user list"|"user show"|"user update"|"user block"|"user unblock"|"user delete"|"team"|"team create"|"team list"|"team show"|"team update"|"team block"|"team unblock"|"team delete"|"budget"|"budget show"|"budget reset"|"budget release"|"model"|"model list"|"model show"|"log"|"log tail"|"log show"|"log export"|"spend"|"spend report"|"status"|"reload"|"config"|"config check"|"config show"|"config diff"|"config init"|"store"|"store check"|"store backup"|"store restore"|"test"|"cursor"|"cursor setup"|"audit"|"audit list"|"completion"|"version"|"help") path="${path:+$path }$word" ;;
    esac
  done
  case "$path:$prev" in
    *":-o"|*":--format") value="words table json jsonl csv name" list=0 ;;
    *":--socket") value="file" list=0 ;;
    *":--color") value="words auto always never" list=0 ;;
    "key create:--name") value="nothing" list=0 ;;
    "key create:--models") value="dynamic model" list=1 ;;
    "key create:--budget") value="nothing" list=0 ;;
    "key create:--rpm") value="nothing" list=0 ;;
    "key create:--tpm") value="nothing" list=0 ;;
    "key create:--parallel") value="nothing" list=0 ;;
    "key create:--model-budget") value="dynamic model" list=0 ;;
    "key create:--model-rpm") value="dynamic model" list=0 ;;
    "key create:--model-tpm") value="dynamic model" list=0 ;;
    "key create:--metadata") value="nothing" list=0 ;;
    "key create:--expires") value="nothing" list=0 ;;
    "key create:--user") value="dynamic user" list=0 ;;
    "key create:--team") value="dynamic team" list=0 ;;
    "key create:--tag") value="nothing" list=0 ;;
    "key create:--key-file") value="file" list=0 ;;
    "key create:--output-file") value="file" list=0 ;;
    "key list:--user") value="dynamic user" list=0 ;;
    "key list:--team") value="dynamic team" list=0 ;;
    "key list:--model") value="dynamic model" list=0 ;;
    "key list:--state") value="words active blocked expired" list=0 ;;
    "key list:--sort") value="words created spend used" list=0 ;;
    "key list:--limit") value="nothing" list=0 ;;
    "key update:--name") value="nothing" list=0 ;;
    "key update:--models") value="dynamic model" list=1 ;;
    "key update:--budget") value="nothing" list=0 ;;
    "key update:--rpm") value="nothing" list=0 ;;
    "key update:--tpm") value="nothing" list=0 ;;
    "key update:--parallel") value="nothing" list=0 ;;
    "key update:--model-budget") value="dynamic model" list=0 ;;
    "key update:--model-rpm") value="dynamic model" list=0 ;;
    "key update:--model-tpm") value="dynamic model" list=0 ;;
    "key update:--metadata") value="nothing" list=0 ;;
    "key update:--expires") value="nothing" list=0 ;;
    "key update:--user") value="dynamic user" list=0 ;;
    "key update:--team") value="dynamic team" list=0 ;;
    "key update:--tag") value="nothing" list=0 ;;
    "key update:--add-models") value="dynamic model" list=1 ;;
    "key update:--remove-models") value="dynamic model" list=1 ;;
    "key update:--unset") value="words models budget rpm tpm parallel model-budget model-rpm model-tpm metadata name expires user team tag" list=1 ;;
    "key rotate:--grace") value="nothing" list=0 ;;
    "key rotate:--key-file") value="file" list=0 ;;
    "key rotate:--output-file") value="file" list=0 ;;
    "user create:--name") value="nothing" list=0 ;;
    "user create:--models") value="dynamic model" list=1 ;;
    "user create:--budget") value="nothing" list=0 ;;
    "user create:--rpm") value="nothing" list=0 ;;
    "user create:--tpm") value="nothing" list=0 ;;
    "user create:--parallel") value="nothing" list=0 ;;
    "user create:--model-budget") value="dynamic model" list=0 ;;
    "user create:--model-rpm") value="dynamic model" list=0 ;;
    "user create:--model-tpm") value="dynamic model" list=0 ;;
    "user create:--metadata") value="nothing" list=0 ;;
    "user list:--model") value="dynamic model" list=0 ;;
    "user list:--state") value="words active blocked" list=0 ;;
    "user list:--sort") value="words created spend used" list=0 ;;
    "user list:--limit") value="nothing" list=0 ;;
    "user update:--name") value="nothing" list=0 ;;
    "user update:--models") value="dynamic model" list=1 ;;
    "user update:--budget") value="nothing" list=0 ;;
    "user update:--rpm") value="nothing" list=0 ;;
    "user update:--tpm") value="nothing" list=0 ;;
    "user update:--parallel") value="nothing" list=0 ;;
    "user update:--model-budget") value="dynamic model" list=0 ;;
    "user update:--model-rpm") value="dynamic model" list=0 ;;
    "user update:--model-tpm") value="dynamic model" list=0 ;;
    "user update:--metadata") value="nothing" list=0 ;;
    "user update:--add-models") value="dynamic model" list=1 ;;
    "user update:--remove-models") value="dynamic model" list=1 ;;
    "user update:--unset") value="words models budget rpm tpm parallel model-budget model-rpm model-tpm metadata" list=1 ;;
    "team create:--name") value="nothing" list=0 ;;
    "team create:--models") value="dynamic model" list=1 ;;
    "team create:--budget") value="nothing" list=0 ;;
    "team create:--rpm") value="nothing" list=0 ;;
    "team create:--tpm") value="nothing" list=0 ;;
    "team create:--parallel") value="nothing" list=0 ;;
    "team create:--model-budget") value="dynamic model" list=0 ;;
    "team create:--model-rpm") value="dynamic model" list=0 ;;
    "team create:--model-tpm") value="dynamic model" list=0 ;;
    "team create:--metadata") value="nothing" list=0 ;;
    "team list:--model") value="dynamic model" list=0 ;;
    "team list:--state") value="words active blocked" list=0 ;;
    "team list:--sort") value="words created spend used" list=0 ;;
    "team list:--limit") value="nothing" list=0 ;;
    "team update:--name") value="nothing" list=0 ;;
    "team update:--models") value="dynamic model" list=1 ;;
    "team update:--budget") value="nothing" list=0 ;;
    "team update:--rpm") value="nothing" list=0 ;;
    "team update:--tpm") value="nothing" list=0 ;;
    "team update:--parallel") value="nothing" list=0 ;;
    "team update:--model-budget") value="dynamic model" list=0 ;;
    "team update:--model-rpm") value="dynamic model" list=0 ;;
    "team update:--model-tpm") value="dynamic model" list=0 ;;
    "team update:--metadata") value="nothing" list=0 ;;
    "team update:--add-models") value="dynamic model" list=1 ;;
    "team update:--remove-models") value="dynamic model" list=1 ;;
    "team update:--unset") value="words models budget rpm tpm parallel model-budget model-rpm model-tpm metadata" list=1 ;;
    "budget show:--key") value="dynamic key" list=0 ;;
    "budget show:--user") value="dynamic user" list=0 ;;
    "budget show:--team") value="dynamic team" list=0 ;;
    "budget reset:--key") value="dynamic key" list=0 ;;
    "budget reset:--user") value="dynamic user" list=0 ;;
    "budget reset:--team") value="dynamic team" list=0 ;;
    "budget reset:--model") value="dynamic model" list=0 ;;
    "budget reset:--window") value="nothing" list=0 ;;
    "model list:--key") value="dynamic key" list=0 ;;
    "log tail:-n"|"log tail:--lines") value="nothing" list=0 ;;
    "log tail:--since") value="nothing" list=0 ;;
    "log tail:--until") value="nothing" list=0 ;;
    "log tail:--after") value="dynamic request" list=0 ;;
    "log tail:--key") value="dynamic key" list=0 ;;
    "log tail:--user") value="dynamic user" list=0 ;;
    "log tail:--team") value="dynamic team" list=0 ;;
    "log tail:--model") value="dynamic model" list=0 ;;
    "log tail:--provider") value="nothing" list=0 ;;
    "log tail:--status") value="nothing" list=1 ;;
    "log tail:--min-cost") value="nothing" list=0 ;;
    "log tail:--min-latency") value="nothing" list=0 ;;
    "log tail:--ua") value="nothing" list=0 ;;
    "log tail:--grep") value="nothing" list=0 ;;
    "log export:--since") value="nothing" list=0 ;;
    "log export:--until") value="nothing" list=0 ;;
    "log export:--after") value="dynamic request" list=0 ;;
    "log export:--key") value="dynamic key" list=0 ;;
    "log export:--user") value="dynamic user" list=0 ;;
    "log export:--team") value="dynamic team" list=0 ;;
    "log export:--model") value="dynamic model" list=0 ;;
    "log export:--provider") value="nothing" list=0 ;;
    "log export:--status") value="nothing" list=1 ;;
    "log export:--min-cost") value="nothing" list=0 ;;
    "log export:--min-latency") value="nothing" list=0 ;;
    "log export:--ua") value="nothing" list=0 ;;
    "log export:--grep") value="nothing" list=0 ;;
    "spend report:--by") value="words key model provider user team tag end_user day hour" list=1 ;;
    "spend report:--since") value="nothing" list=0 ;;
    "spend report:--until") value="nothing" list=0 ;;
    "status:--wait") value="nothing" list=0 ;;
    "status:--watch") value="nothing" list=0 ;;
    "config init:--output") value="file" list=0 ;;
    "store check:--config") value="file" list=0 ;;
    "store check:--state-dir") value="file" list=0 ;;
    "store restore:--config") value="file" list=0 ;;
    "store restore:--state-dir") value="file" list=0 ;;
    "test:--base-url") value="nothing" list=0 ;;
    "test:--model") value="dynamic model" list=0 ;;
    "test:--key-file") value="file" list=0 ;;
    "test:--silence") value="nothing" list=0 ;;
    "test:--timeout") value="nothing" list=0 ;;
    "test:--wait") value="nothing" list=0 ;;
    "cursor setup:--base-url") value="nothing" list=0 ;;
    "cursor setup:--key") value="dynamic key" list=0 ;;
    "cursor setup:--models") value="dynamic model" list=0 ;;
    "cursor setup:--timeout") value="nothing" list=0 ;;
    "audit list:--since") value="nothing" list=0 ;;
    "audit list:--until") value="nothing" list=0 ;;
    "audit list:--actor") value="nothing" list=0 ;;
    "audit list:--target") value="nothing" list=0 ;;
    "audit list:--limit") value="nothing" list=0 ;;
  esac
  case "$path" in
    "") flags="-h --help -o --format --json --socket --color -q --quiet --no-input --version" verbs="key user team budget model log spend status reload config store test cursor audit completion version help" argument="" ;;
    "key") flags="-h --help" verbs="create list show update block unblock rotate import delete" argument="" ;;
    "key create") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --expires --user --team --tag --key-file --output-file --if-missing" verbs="" argument="" ;;
    "key list") flags="-h --help --user --team --model --state --sort --limit" verbs="" argument="" ;;
    "key show") flags="-h --help" verbs="" argument="dynamic key" ;;
    "key update") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --expires --user --team --tag --add-models --remove-models --unset" verbs="" argument="dynamic key" ;;
    "key block") flags="-h --help --now" verbs="" argument="dynamic key" ;;
    "key unblock") flags="-h --help" verbs="" argument="dynamic key" ;;
    "key rotate") flags="-h --help --grace --key-file --output-file" verbs="" argument="dynamic key" ;;
    "key import") flags="-h --help --dry-run" verbs="" argument="file" ;;
    "key delete") flags="-h --help -y --yes --dry-run" verbs="" argument="dynamic key" ;;
    "user") flags="-h --help" verbs="create list show update block unblock delete" argument="" ;;
    "user create") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --if-missing" verbs="" argument="" ;;
    "user list") flags="-h --help --model --state --sort --limit" verbs="" argument="" ;;
    "user show") flags="-h --help" verbs="" argument="dynamic user" ;;
    "user update") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --add-models --remove-models --unset" verbs="" argument="dynamic user" ;;
    "user block") flags="-h --help --now" verbs="" argument="dynamic user" ;;
    "user unblock") flags="-h --help" verbs="" argument="dynamic user" ;;
    "user delete") flags="-h --help -y --yes --dry-run" verbs="" argument="dynamic user" ;;
    "team") flags="-h --help" verbs="create list show update block unblock delete" argument="" ;;
    "team create") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --if-missing" verbs="" argument="" ;;
    "team list") flags="-h --help --model --state --sort --limit" verbs="" argument="" ;;
    "team show") flags="-h --help" verbs="" argument="dynamic team" ;;
    "team update") flags="-h --help --name --models --budget --rpm --tpm --parallel --model-budget --model-rpm --model-tpm --metadata --add-models --remove-models --unset" verbs="" argument="dynamic team" ;;
    "team block") flags="-h --help --now" verbs="" argument="dynamic team" ;;
    "team unblock") flags="-h --help" verbs="" argument="dynamic team" ;;
    "team delete") flags="-h --help -y --yes --dry-run" verbs="" argument="dynamic team" ;;
    "budget") flags="-h --help" verbs="show reset release" argument="" ;;
    "budget show") flags="-h --help --key --user --team" verbs="" argument="" ;;
    "budget reset") flags="-h --help --key --user --team --model --window -y --yes --dry-run" verbs="" argument="" ;;
    "budget release") flags="-h --help -y --yes --dry-run" verbs="" argument="dynamic request" ;;
    "model") flags="-h --help" verbs="list show" argument="" ;;
    "model list") flags="-h --help --key --cursor" verbs="" argument="" ;;
    "model show") flags="-h --help" verbs="" argument="dynamic model" ;;
    "log") flags="-h --help" verbs="tail show export" argument="" ;;
    "log tail") flags="-h --help -f --follow -n --lines --since --until --after --key --user --team --model --provider --status --min-cost --min-latency --ua --grep --stream" verbs="" argument="" ;;
    "log show") flags="-h --help" verbs="" argument="dynamic request" ;;
    "log export") flags="-h --help --since --until --after --key --user --team --model --provider --status --min-cost --min-latency --ua --grep --stream" verbs="" argument="" ;;
    "spend") flags="-h --help" verbs="report" argument="" ;;
    "spend report") flags="-h --help --by --since --until" verbs="" argument="" ;;
    "status") flags="-h --help --wait --watch" verbs="" argument="" ;;
    "reload") flags="-h --help" verbs="" argument="" ;;
    "config") flags="-h --help" verbs="check show diff init" argument="" ;;
    "config check") flags="-h --help --strict" verbs="" argument="file" ;;
    "config show") flags="-h --help --origin" verbs="" argument="" ;;
    "config diff") flags="-h --help" verbs="" argument="" ;;
    "config init") flags="-h --help --output" verbs="" argument="" ;;
    "store") flags="-h --help" verbs="check backup restore" argument="" ;;
    "store check") flags="-h --help --config --state-dir" verbs="" argument="" ;;
    "store backup") flags="-h --help" verbs="" argument="file" ;;
    "store restore") flags="-h --help --config --state-dir -y --yes" verbs="" argument="file" ;;
    "test") flags="-h --help --base-url --model --key-file --allow-private --deep --silence --timeout --wait" verbs="" argument="" ;;
    "cursor") flags="-h --help" verbs="setup" argument="" ;;
    "cursor setup") flags="-h --help --base-url --key --models --timeout --no-wait" verbs="" argument="" ;;
    "audit") flags="-h --help" verbs="list" argument="" ;;
    "audit list") flags="-h --help --since --until --actor --target --limit" verbs="" argument="" ;;
    "completion") flags="-h --help" verbs="" argument="words bash zsh fish" ;;
    "version") flags="-h --help" verbs="" argument="" ;;
    "help") flags="-h --help" verbs="" argument="words exit-codes environment formatting" ;;
  esac
  [[ -n $path ]] && flags="$flags -h --help -o --format --json --socket --color -q --quiet --no-input --version"
  if [[ -z $value ]]; then
    if [[ $cur == -* ]]; then
      COMPREPLY=($(compgen -W "$flags" -- "$cur"))
      return
    fi
    value="words $verbs"
    [[ -n $argument ]] && value=$argument
  fi
  local prefix="" last=$cur candidates=""
  if [[ $list == 1 && $cur == *,* ]]; then
    prefix=${cur%,*},
    last=${cur##*,}
  fi
  case "$value" in
    words*) candidates=${value#words } ;;
    dynamic*) candidates=$(litegw __complete "${value#dynamic }" 2>/dev/null) ;;
    file) COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2>/dev/null; return ;;
  esac
  local IFS=$' \n'
  COMPREPLY=($(compgen -P "$prefix" -W "$candidates" -- "$last"))
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    local colon=${cur%"${cur##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$colon"}")
  fi
  if [[ $list == 1 ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -F _litegw litegw
