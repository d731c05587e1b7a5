using System.Text.RegularExpressions;

namespace Sidecar.Actors.Cloud;

/// <summary>User and password as they stand in an address, such as that of a proxy, which the platform's error texts quote.</summary>
internal static partial class Credentials
{
    /// <summary>A text with the addresses in it, and without the users and passwords in those.</summary>
    public static string Removed(string text) => InAddress().Replace(text, "");

    [GeneratedRegex(@"(?<=://)[^/\s'""]*@", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex InAddress();
}
