namespace Sidecar.Fuzz.Driver;

/// <summary>A reader has not kept what it promises.</summary>
/// <param name="message">What it did.</param>
internal sealed class BrokenPromiseException(string message) : Exception(message);
