namespace Sidecar.Host.CommandLine;

/// <summary>How commands are shown to people.</summary>
internal static class CommandHelp
{
    /// <summary>One line a command.</summary>
    public static void WriteUsage(TextWriter output)
    {
        var width = CommandLineFront.Commands.Max(command => command.Name.Length);
        output.WriteLine("Usage: sidecar [COMMAND]");
        output.WriteLine();
        foreach (var command in CommandLineFront.Commands)
            output.WriteLine($"  {command.Name.PadRight(width)}  {command.Summary}");
        output.WriteLine();
        output.WriteLine("sidecar COMMAND --help says more of one.");
    }

    /// <summary>How one command is called.</summary>
    public static void WriteUsage(Command command, TextWriter output) =>
        output.WriteLine($"Usage: sidecar {command.Name}{(command.Arguments.Length > 0 ? " " : "")}{command.Arguments}");

    /// <summary>All there is to say of one command.</summary>
    public static void Write(Command command, TextWriter output)
    {
        WriteUsage(command, output);
        output.WriteLine();
        output.WriteLine($"{char.ToUpperInvariant(command.Summary[0])}{command.Summary[1..]}.");
        output.WriteLine();
        output.WriteLine(command.Details);
    }
}
