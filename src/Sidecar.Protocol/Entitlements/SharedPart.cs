namespace Sidecar.Protocol.Entitlements;

/// <summary>A part of states that many of them may have in common: it takes memory once, however many do.</summary>
/// <param name="Instance">The part.</param>
/// <param name="Size">What it takes, in bytes, without the parts that it has in common with others.</param>
public readonly record struct SharedPart(object Instance, long Size);
