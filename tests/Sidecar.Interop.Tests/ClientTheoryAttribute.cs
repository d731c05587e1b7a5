using System.Reflection;
using Sidecar.Interop.Tests.Clients;
using Xunit;
using Xunit.Sdk;

namespace Sidecar.Interop.Tests;

/// <summary>A theory about a client. Where one of its tools is missing it is skipped; with <c>CI=true</c> it fails.</summary>
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Makes one.</summary>
    /// <param name="client">The client's name.</param>
    public ClientTheoryAttribute(string client) => Skip = Tools.ReasonToSkip(client);
}

/// <summary>The names of the cases that are for a client.</summary>
/// <param name="client">The client's name.</param>
public sealed class CasesOfAttribute(string client) : DataAttribute
{
    /// <inheritdoc/>
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) =>
        InteropCases.All.Where(one => one.IsFor(client)).Select(one => new object[] { one.Name });
}

/// <summary>What is on this machine.</summary>
internal static class Tools
{
    /// <summary>Why specs about a client can't run here, and need not; or null.</summary>
    public static string? ReasonToSkip(string client) =>
        string.Equals(Environment.GetEnvironmentVariable("CI"), "true", StringComparison.OrdinalIgnoreCase)
            ? null
            : InteropClients.Named(client).Missing;
}
