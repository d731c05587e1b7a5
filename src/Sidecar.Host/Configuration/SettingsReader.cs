using System.Globalization;
using System.Net;

namespace Sidecar.Host.Configuration;

/// <summary>A value that can't be used, in one line: the variable, the value (never a secret) and what is accepted.</summary>
/// <param name="Text">The line.</param>
/// <param name="EndsProcess">True for the ports, which decide whether the service can be reached at all.</param>
public sealed record SettingFault(string Text, bool EndsProcess);

/// <summary>
/// Reads variables by the rules of the operations contract: an empty value is an unset one; <c>NAME_FILE</c> names a file that holds the value, and
/// the variable itself wins; a value that can't be used leaves its default in force and a fault behind.
/// </summary>
/// <param name="variable">The value of an environment variable, or null.</param>
/// <param name="file">The content of a file; throws where it can't be read.</param>
public sealed class SettingsReader(Func<string, string?> variable, Func<string, string> file)
{
    private const string FileSuffix = "_FILE";
    private readonly List<SettingFault> _faults = [];

    /// <summary>What could not be used, in the order of reading.</summary>
    public IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>A text, or null where it is not set.</summary>
    public string? Text(Setting setting, Func<string, bool>? isAccepted = null) =>
        Read(setting, text => isAccepted is null || isAccepted(text) ? text : null);

    /// <summary>A whole number within bounds.</summary>
    public long? WholeNumber(Setting setting, long lowest, long highest) => ReadValue<long>(setting, text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= lowest && number <= highest
            ? number
            : null);

    /// <summary>A port; <paramref name="off"/> where <c>off</c> turns it off, if that is accepted.</summary>
    public int? Port(Setting setting, int? off = null) => ReadValue<int>(
        setting,
        text => off is not null && text.Equals("off", StringComparison.OrdinalIgnoreCase) ? off
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort ? port
            : null,
        endsProcess: true);

    /// <summary>An IP address.</summary>
    public IPAddress? Address(Setting setting) => Read(
        setting, text => IPAddress.TryParse(text, out var address) ? address : null, endsProcess: true);

    /// <summary>An absolute address with one of some schemes.</summary>
    public Uri? Url(Setting setting, params string[] schemes) => Read(
        setting,
        text => Uri.TryCreate(text, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme) && uri.UserInfo.Length == 0
            ? uri
            : null);

    /// <summary>One of some words, in any case.</summary>
    public string? OneOf(Setting setting, params string[] words) =>
        Read(setting, text => Array.Find(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Adds a fault that was found in a value after it was read.</summary>
    public void AddFault(Setting setting, string fault) => _faults.Add(new SettingFault($"{setting.Name} {fault}", EndsProcess: false));

    private T? ReadValue<T>(Setting setting, Func<string, T?> parse, bool endsProcess = false)
        where T : struct => Raw(setting, endsProcess) is not { } text ? null : parse(text) ?? (T?)Refuse<object>(setting, text, endsProcess);

    private T? Read<T>(Setting setting, Func<string, T?> parse, bool endsProcess = false)
        where T : class => Raw(setting, endsProcess) is not { } text ? null : parse(text) ?? Refuse<T>(setting, text, endsProcess);

    private T? Refuse<T>(Setting setting, string text, bool endsProcess)
        where T : class
    {
        var shown = setting.IsSecret ? "(a secret)" : $"'{WithoutUser(text)}'";
        var consequence = endsProcess ? "" : $"; its default is taken: {setting.Default}";
        _faults.Add(new SettingFault($"{setting.Name} is {shown}, expected {setting.Accepted}{consequence}", endsProcess));
        return null;
    }

    // An address may carry a password before its host; whatever stands there is not shown, however it is written.
    private static string WithoutUser(string text)
    {
        var end = text.LastIndexOf('@');
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (end < 0)
            return text;
        var start = scheme >= 0 && scheme < end ? scheme + "://".Length : 0;
        return $"{text[..start]}(not shown){text[end..]}";
    }

    private string? Raw(Setting setting, bool endsProcess)
    {
        if (variable(setting.Name) is { Length: > 0 } text)
            return text;
        if (variable(setting.Name + FileSuffix) is not { Length: > 0 } path)
            return null;
        try
        {
            var content = file(path).TrimEnd('\r', '\n');
            return content.Length > 0 ? content : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The secret itself in the place of its file's path is an easy slip.
            var shown = setting.IsSecret ? "(not shown)" : $"'{path}'";
            var why = setting.IsSecret ? e.GetType().Name : e.Message;
            _faults.Add(new SettingFault($"{setting.Name}{FileSuffix} is {shown}, expected a file that can be read: {why}", endsProcess));
            return null;
        }
    }
}
