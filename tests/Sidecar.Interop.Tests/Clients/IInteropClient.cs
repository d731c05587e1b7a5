namespace Sidecar.Interop.Tests.Clients;

/// <summary>A client of some maker.</summary>
internal interface IInteropClient
{
    /// <summary>Its name in ids and file names.</summary>
    string Name { get; }

    /// <summary>Its name in the table.</summary>
    string Title { get; }

    /// <summary>Which tool it lacks on this machine, and where that comes from; null for none.</summary>
    string? Missing { get; }

    /// <summary>Takes steps one after the other.</summary>
    /// <param name="service">Where the service is.</param>
    /// <param name="steps">The steps.</param>
    /// <returns>What came of each, in their order.</returns>
    Task<IReadOnlyList<StepResult>> TakeAsync(Uri service, IReadOnlyList<PreparedStep> steps);
}

/// <summary>A step for one client: with its own customers in the request.</summary>
/// <param name="Name">Its name within the run.</param>
/// <param name="Step">The step.</param>
/// <param name="Request">The request as JSON; null where it is given as bytes.</param>
/// <param name="Raw">The request's bytes; null where it is given as JSON.</param>
internal sealed record PreparedStep(string Name, InteropStep Step, string? Request, byte[]? Raw);

/// <summary>All clients.</summary>
internal static class InteropClients
{
    /// <summary>In the order of the table.</summary>
    public static IReadOnlyList<IInteropClient> All { get; } =
        [new NodeClient(), new PythonClient(), new RubyClient(), new GrpcNetClient(), new CurlClient()];

    /// <summary>The one of a name.</summary>
    public static IInteropClient Named(string name) => All.Single(client => client.Name == name);

    /// <summary>A program in the PATH, or null.</summary>
    public static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    /// <summary>Which of some programs and files are not there, with the packages they come from; null for none.</summary>
    /// <param name="tools">Programs by name, files by path, with their Debian packages.</param>
    public static string? MissingOf(params IEnumerable<(string Tool, string Package)> tools)
    {
        var missing = tools.Where(one => Path.IsPathRooted(one.Tool) ? !File.Exists(one.Tool) : Find(one.Tool) is null).ToList();
        return missing is []
            ? null
            : $"missing: {string.Join(", ", missing.Select(one => one.Tool))} " +
                $"(Debian: {string.Join(' ', missing.Select(one => one.Package).Distinct(StringComparer.Ordinal))})";
    }
}
