using System.Text;

namespace Sidecar.Host.CommandLine;

/// <summary>Writes what lets a shell complete this program's commands and their options.</summary>
public sealed class CompletionCommand : Command
{
    private static readonly string[] Shells = ["bash", "fish", "zsh"];

    /// <inheritdoc/>
    public override string Name => "completion";

    /// <inheritdoc/>
    public override string Arguments => string.Join('|', Shells);

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options => Shells;

    /// <inheritdoc/>
    public override string Summary => "writes what lets a shell complete commands and their options";

    /// <inheritdoc/>
    public override string Details => $"""
        For the shell that runs, or as a line of its start file for each one:
          bash   source <(sidecar completion bash)
          zsh    source <(sidecar completion zsh)       after compinit
          fish   sidecar completion fish | source

        Exit codes:
          {ExitCodes.Success}   written
          {ExitCodes.BadUsage}  a shell that is not known
        """;

    /// <inheritdoc/>
    public override Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context)
    {
        var given = CommandArguments.Parse(arguments, [], [], mostPlaces: 1);
        context.Output.Write(given.Places switch
        {
            ["bash"] => Bash(),
            ["fish"] => Fish(),
            ["zsh"] => Zsh(),
            [] => throw new UsageException($"the shell is missing, expected {string.Join(", ", Shells)}"),
            [var other, ..] => throw UsageException.Unknown(other),
        });
        return Task.FromResult(ExitCodes.Success);
    }

    private static string Bash()
    {
        var text = new StringBuilder("""
            _sidecar() {
              local words=
              if [ "$COMP_CWORD" -eq 1 ]; then

            """);
        text.Append($"    words='{string.Join(' ', CommandLineFront.Commands.Select(command => command.Name))}'\n  else\n    case ${{COMP_WORDS[1]}} in\n");
        foreach (var command in WithOptions())
            text.Append($"      {command.Name}) words='{string.Join(' ', command.Options)}' ;;\n");
        return text.Append("""
                esac
              fi
              COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _sidecar sidecar

            """).ToString();
    }

    private static string Zsh()
    {
        var text = new StringBuilder("#compdef sidecar\n_sidecar() {\n  local -a commands\n  commands=(\n");
        foreach (var command in CommandLineFront.Commands)
            text.Append($"    {Quoted($"{command.Name}:{command.Summary}")}\n");
        text.Append("  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n  case $words[2] in\n");
        foreach (var command in WithOptions())
            text.Append($"    {command.Name}) compadd -- {string.Join(' ', command.Options)} ;;\n");
        return text.Append("  esac\n  _files\n}\ncompdef _sidecar sidecar\n").ToString();
    }

    private static string Fish()
    {
        var text = new StringBuilder();
        foreach (var command in CommandLineFront.Commands)
            text.Append($"complete -c sidecar -n __fish_use_subcommand -f -a {command.Name} -d {Quoted(command.Summary)}\n");
        foreach (var command in WithOptions())
            text.Append($"complete -c sidecar -n '__fish_seen_subcommand_from {command.Name}' -a '{string.Join(' ', command.Options)}'\n");
        return text.ToString();
    }

    private static IEnumerable<Command> WithOptions() => CommandLineFront.Commands.Where(command => command.Options.Count > 0);

    // The text between single quotes of a shell.
    private static string Quoted(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
