// The completion scripts for bash, zsh and fish. They are thin: what may follow is answered by "portlease __complete" (answer.ts), so
// that all shells complete alike and a script never grows old.

/**
 * "=" and ":" are words of their own to bash, and are put together again; what is answered has then to be cut to the part behind the
 * last of them. https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html
 */
export const bashScript = `# Completion of portlease for bash. For each shell from now on:
#   portlease completion bash > ~/.local/share/bash-completion/completions/portlease
# or only for this one:
#   source <(portlease completion bash)

_portlease() {
  local words=() word current last line index joined=0 program="\${COMP_WORDS[0]}"
  for (( index = 1; index <= COMP_CWORD; index++ )); do
    word="\${COMP_WORDS[index]}"
    if (( \${#words[@]} > 0 )) && [[ $joined == 1 || $word == [=:]* ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    joined=0
    if [[ $word == [=:]* ]]; then joined=1; fi
  done
  current="\${words[\${#words[@]}-1]}"
  unset "words[\${#words[@]}-1]"
  last="\${COMP_WORDS[COMP_CWORD]}"
  if [[ $last == [=:]* ]]; then last=""; fi
  type -P "$program" > /dev/null || program=portlease
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in
      :files) compopt -o default 2> /dev/null ;;
      :*) ;;
      *)
        line="\${line%%$'\\t'*}"
        line="\${line#"\${current%"$last"}"}"
        COMPREPLY+=("$(printf '%q' "$line")")
        ;;
    esac
  done < <("$program" __complete "=$current" "\${words[@]}" 2> /dev/null)
}

complete -F _portlease portlease
`;

/** https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export const zshScript = `#compdef portlease
# Completion of portlease for zsh. For each shell from now on, in a folder of $fpath:
#   portlease completion zsh > ~/.zsh/completions/_portlease
# or only for this one, after compinit:
#   source <(portlease completion zsh)

_portlease() {
  local -a described
  local line text note directive
  for line in "\${(@f)$("\${words[1]}" __complete "=\${(Q)PREFIX}" "\${(@Q)words[2,CURRENT-1]}" 2> /dev/null)}"; do
    case "$line" in
      :*) directive="$line" ;;
      ?*)
        text="\${line%%$'\\t'*}"
        note="\${line#*$'\\t'}"
        described+=("\${text//:/\\\\:}:$note")
        ;;
    esac
  done
  if [[ $directive == :files ]]; then
    _files
  elif (( \${#described} > 0 )); then
    _describe -V portlease described
  fi
}

if [[ $funcstack[1] == _portlease ]]; then
  _portlease "$@"
else
  compdef _portlease portlease
fi
`;

/** https://fishshell.com/docs/current/completions.html */
export const fishScript = `# Completion of portlease for fish. For each shell from now on:
#   portlease completion fish > ~/.config/fish/completions/portlease.fish
# or only for this one:
#   portlease completion fish | source

function __portlease_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    for line in (command $program __complete "=$current" $words 2> /dev/null)
        switch $line
            case :files
                __fish_complete_path "$current"
            case ':*'
            case '*'
                echo $line
        end
    end
end

complete -c portlease -f -k -a '(__portlease_complete)'
`;
