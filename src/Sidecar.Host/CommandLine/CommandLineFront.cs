namespace Sidecar.Host.CommandLine;

/// <summary>Finds what the arguments ask for, and has it done.</summary>
public static class CommandLineFront
{
    private static readonly ServeCommand Default = new();

    /// <summary>All there is to ask for, in the order in which people read it.</summary>
    public static IReadOnlyList<Command> Commands { get; } =
    [
        Default,
        new HealthCommand(),
        new ReadyCommand(),
        new CheckCommand(),
        new DiagCommand(),
        new CompareCommand(),
        new ConfigCommand(),
        new CompletionCommand(),
        new CheckConfigCommand(),
        new HelpCommand(),
        new VersionCommand(),
    ];

    /// <summary>Does what the arguments ask for.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] arguments, CommandContext context)
    {
        if (Find(arguments) is not { } command)
            return Refuse(UsageException.Unknown(arguments[0]), command: null, context);
        var rest = arguments.Length == 0 ? arguments : arguments[1..];
        // Alone behind a command --help is about that command.
        if (rest is [HelpCommand.Argument or HelpCommand.ShortArgument])
        {
            CommandHelp.Write(command, context.Output);
            return ExitCodes.Success;
        }

        try
        {
            return await command.RunAsync(rest, context);
        }
        catch (UsageException e)
        {
            return Refuse(e, command, context);
        }
    }

    /// <summary>The command that the first argument asks for: running the service where there is none, null where it is not known.</summary>
    internal static Command? Find(string[] arguments)
    {
        if (arguments is [])
            return Default;
        var name = arguments[0] == HelpCommand.ShortArgument ? HelpCommand.Argument : arguments[0];
        foreach (var command in Commands)
        {
            if (command.Name == name)
                return command;
        }

        return null;
    }

    private static int Refuse(UsageException fault, Command? command, CommandContext context)
    {
        context.Error.WriteLine(command is null ? $"sidecar: {fault.Message}" : $"sidecar {command.Name}: {fault.Message}");
        if (command is null)
            CommandHelp.WriteUsage(context.Error);
        else
            CommandHelp.WriteUsage(command, context.Error);
        return ExitCodes.BadUsage;
    }
}
