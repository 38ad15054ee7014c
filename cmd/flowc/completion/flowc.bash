# Completion of flowc for bash. Have it read when bash starts, in ~/.bashrc:
#
#     source <(flowc completion bash)

_flowc() {
  local IFS=$'\n' words=() word
  # Bash cuts `--color=never` into three words.
  for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
    [ "$word" = "=" ] && word=""
    words+=("$word")
  done
  if [ "${COMP_CWORD}" -ge 2 ] && [ "${COMP_WORDS[COMP_CWORD-1]}" = "=" ]; then
    words=("${words[@]:0:COMP_CWORD-2}" "${words[COMP_CWORD-1]}")
  fi
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "${words[@]}" 2>/dev/null | cut -f1))
}
complete -o default -F _flowc flowc
