namespace Sidecar.Model.Tests;

/// <summary>A load from the persistent cache under way.</summary>
/// <param name="Number">Names it; 0 until it was seen.</param>
/// <param name="Order">Its place in the order of what begins.</param>
/// <param name="Node">How often everything had been invalidated when it began.</param>
/// <param name="Start">When it began.</param>
internal sealed record LoadModel(int Number, int Order, int Node, TimeSpan Start)
{
    /// <summary>So long it holds up a read; then the cloud is asked beside it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    /// <summary>So long it is waited for at all.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
}
