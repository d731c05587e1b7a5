using System.Diagnostics;
using System.Globalization;
using FluentAssertions;
using Sidecar.Host.CommandLine;
using Xunit;

namespace Sidecar.Host.Tests.CommandLine;

/// <summary>What shells make of the completion.</summary>
public sealed class CompletionSpecs
{
    [Theory]
    [InlineData("sidecar", 1, "che", "check")]
    [InlineData("sidecar", 1, "--v", "--version")]
    [InlineData("sidecar check", 2, "--us", "--usage")]
    [InlineData("sidecar compare --against a:80", 4, "--cust", "--customers")]
    [InlineData("sidecar completion", 2, "f", "fish")]
    [InlineData("sidecar serve", 2, "--", "")]
    public async Task Bash_completes_commands_and_their_options(string words, int place, string begun, string expected)
    {
        var script = await CompletionOf("bash");

        var completed = await BashAsync(
            $"{script}\nCOMP_WORDS=({words} '{begun}')\nCOMP_CWORD={place}\n_sidecar\necho \"${{COMPREPLY[*]}}\"");

        completed.Trim().Should().Be(expected);
    }

    [Theory]
    [InlineData("zsh", "compdef _sidecar sidecar")]
    [InlineData("fish", "complete -c sidecar -n __fish_use_subcommand -f -a check -d ")]
    public async Task Other_shells_get_every_command_too(string shell, string expected)
    {
        var script = await CompletionOf(shell);

        script.Should().Contain(expected);
        foreach (var command in CommandLineFront.Commands)
            script.Should().Contain(command.Name);
    }

    [Theory]
    [InlineData("the shell is missing, expected bash, fish, zsh")]
    [InlineData("unknown argument 'tcsh'", "tcsh")]
    public async Task Another_shell_is_refused(string expected, params string[] arguments)
    {
        var complete = () => new CompletionCommand().RunAsync(arguments, ContextOf(TextWriter.Null));

        (await complete.Should().ThrowAsync<UsageException>()).WithMessage(expected);
    }

    private static CommandContext ContextOf(TextWriter output) => new(_ => null, _ => "", () => output, () => TextWriter.Null);

    private static async Task<string> CompletionOf(string shell)
    {
        await using var output = new StringWriter(CultureInfo.InvariantCulture);
        (await new CompletionCommand().RunAsync([shell], ContextOf(output))).Should().Be(0);
        return output.ToString();
    }

    private static async Task<string> BashAsync(string script)
    {
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        var output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return output;
    }
}
