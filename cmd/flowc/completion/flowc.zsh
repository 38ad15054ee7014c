#compdef flowc
# Completion of flowc for zsh. Have it read when zsh starts, in ~/.zshrc, after
# compinit:
#
#     source <(flowc completion zsh)

_flowc() {
  local -a found
  local word means
  while IFS=$'\t' read -r word means; do
    found+=("${word//:/\\:}:$means")
  done < <("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( ${#found} )); then
    _describe flowc found
  else
    _files
  fi
}

if [ "${funcstack[1]}" = "_flowc" ]; then
  _flowc
else
  compdef _flowc flowc
fi
