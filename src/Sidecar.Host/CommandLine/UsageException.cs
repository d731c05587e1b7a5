using Sidecar.Protocol;

namespace Sidecar.Host.CommandLine;

/// <summary>Arguments that are not understood.</summary>
/// <param name="message">What is wrong with them.</param>
public sealed class UsageException(string message) : Exception(message)
{
    /// <summary>One that nobody knows.</summary>
    public static UsageException Unknown(string argument) => new($"unknown argument '{Excerpt.Of(argument)}'");
}
