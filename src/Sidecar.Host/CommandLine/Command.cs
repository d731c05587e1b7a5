namespace Sidecar.Host.CommandLine;

/// <summary>
/// One thing that the program can be asked to do. All of them are made whenever it starts: what one needs is to be loaded by
/// <see cref="RunAsync"/> alone.
/// </summary>
public abstract class Command
{
    /// <summary>The first argument that asks for it.</summary>
    public abstract string Name { get; }

    /// <summary>The arguments that follow it, as people read them; empty for none.</summary>
    public virtual string Arguments => "";

    /// <summary>The names and words among them, for the completion of shells.</summary>
    public virtual IReadOnlyList<string> Options => [];

    /// <summary>What it does, in a few words.</summary>
    public abstract string Summary { get; }

    /// <summary>All there is to say of it beside its summary, its exit codes above all.</summary>
    public abstract string Details { get; }

    /// <summary>Does it.</summary>
    /// <param name="arguments">The arguments after its name.</param>
    /// <param name="context">The world.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="UsageException">The arguments are not understood.</exception>
    public abstract Task<int> RunAsync(IReadOnlyList<string> arguments, CommandContext context);

    /// <summary>Refuses arguments, for a command that takes none.</summary>
    /// <exception cref="UsageException">There are some.</exception>
    protected static void RequireNone(IReadOnlyList<string> arguments)
    {
        if (arguments.Count > 0)
            throw UsageException.Unknown(arguments[0]);
    }
}
