# Completion of flowc for fish. Have it read when fish starts, in
# ~/.config/fish/config.fish:
#
#     flowc completion fish | source

function __flowc_found
    set -l words (commandline -opc) (commandline -ct)
    set -g __flowc_words (command $words[1] __complete $words[2..-1] 2>/dev/null)
    test (count $__flowc_words) -gt 0
end

complete -c flowc -f -n __flowc_found -a '$__flowc_words'
