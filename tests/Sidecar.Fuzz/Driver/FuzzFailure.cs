namespace Sidecar.Fuzz.Driver;

/// <summary>An input that a reader does not stand.</summary>
/// <param name="Target">The reader.</param>
/// <param name="Input">The input.</param>
/// <param name="What">What happened.</param>
internal sealed record FuzzFailure(string Target, byte[] Input, string What);
