namespace Sidecar.Model.Tests;

/// <summary>What happens in one run.</summary>
/// <param name="HasStore">Whether there is a persistent cache.</param>
/// <param name="Commands">What happens, in order.</param>
internal sealed record Scenario(bool HasStore, Command[] Commands)
{
    public override string ToString() => $"{(HasStore ? "with" : "without")} a store: {string.Join("; ", Commands.AsEnumerable())}";
}
