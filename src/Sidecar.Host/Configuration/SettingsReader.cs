using System.Globalization;
using System.Net;
using Sidecar.Protocol;

namespace Sidecar.Host.Configuration;

/// <summary>A value that can't be used, in one line: the variable, the value (never a secret) and what is accepted.</summary>
/// <param name="Text">The line.</param>
/// <param name="EndsProcess">True for the ports, which decide whether the service can be reached at all.</param>
public sealed record SettingFault(string Text, bool EndsProcess);

/// <summary>
/// Reads variables by the rules of the operations contract: an empty value is an unset one; <c>NAME_FILE</c> names a file that holds the value, and
/// the variable itself wins; a value that can't be used leaves its default in force and a fault behind. What is in force, and where it comes
/// from, is remembered.
/// </summary>
/// <param name="variable">The value of an environment variable, or null.</param>
/// <param name="file">The content of a file; throws where it can't be read.</param>
public sealed class SettingsReader(Func<string, string?> variable, Func<string, string> file)
{
    // Of what the system says about a file, in characters.
    private const int LongestReason = 300;
    private readonly List<SettingFault> _faults = [];
    private readonly Dictionary<string, SettingValue> _values = new(StringComparer.Ordinal);
    private readonly HashSet<string> _set = new(StringComparer.Ordinal);
    private readonly HashSet<string> _faulted = new(StringComparer.Ordinal);

    /// <summary>What could not be used, in the order of reading.</summary>
    public IReadOnlyList<SettingFault> Faults => _faults;

    /// <summary>What is in force of a setting that was read.</summary>
    public SettingValue InForce(Setting setting)
    {
        var value = _values.GetValueOrDefault(setting.Name) ?? DefaultOf(setting);
        return value.Source == SettingSource.Default && IsFaulted(setting) ? value with { Source = SettingSource.Fault } : value;
    }

    /// <summary>Whether something was set, be it usable or not.</summary>
    public bool IsSet(Setting setting) => _set.Contains(setting.Name);

    /// <summary>Whether something was set that can't be used.</summary>
    public bool IsFaulted(Setting setting) => _faulted.Contains(setting.Name);

    /// <summary>
    /// The file that a setting's value comes from, or would come from if it could be read; null where the variable itself is set.
    /// </summary>
    public string? FileOf(Setting setting) =>
        variable(setting.Name) is { Length: > 0 } ? null : variable(setting.FileName) is { Length: > 0 } path ? path : null;

    /// <summary>A text, or null where it is not set.</summary>
    public string? Text(Setting setting, Func<string, bool>? isAccepted = null) =>
        Read(setting, text => isAccepted is null || isAccepted(text) ? text : null);

    /// <summary>Yes or no.</summary>
    public bool? Flag(Setting setting) => ReadValue<bool>(setting, text => text.ToUpperInvariant() switch
    {
        "TRUE" or "1" or "YES" => true,
        "FALSE" or "0" or "NO" => false,
        _ => null,
    });

    /// <summary>A whole number within bounds.</summary>
    public long? WholeNumber(Setting setting, long lowest, long highest, long? except = null) => ReadValue<long>(setting, text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
        && number >= lowest && number <= highest && number != except
            ? number
            : null);

    /// <summary>A whole number within bounds; <paramref name="off"/> for <c>off</c>.</summary>
    public long? WholeNumberOrOff(Setting setting, long lowest, long highest, long off) => ReadValue<long>(setting, text =>
        IsOff(text) ? off
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= lowest && number <= highest ? number
        : null);

    /// <summary>What may be done with a file and by whom, in octal.</summary>
    public UnixFileMode? FileMode(Setting setting) => ReadValue<UnixFileMode>(setting, text =>
        text.Length <= 4 && text.All(c => c is >= '0' and <= '7') && Convert.ToInt32(text, 8) is <= 0b111_111_111 and var bits ? (UnixFileMode)bits : null);

    /// <summary>A port; <paramref name="off"/> where <c>off</c> turns it off, if that is accepted.</summary>
    public int? Port(Setting setting, int? off = null) => ReadValue<int>(
        setting,
        text => off is not null && IsOff(text) ? off
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port <= IPEndPoint.MaxPort ? port
            : null,
        endsProcess: true);

    /// <summary>An IP address.</summary>
    public IPAddress? Address(Setting setting) => Read(
        // All four numbers of an older address: the short forms, such as 1.2.3, are slips.
        setting,
        text => IPAddress.TryParse(text, out var address) && (text.Contains(':', StringComparison.Ordinal) || text.Count(c => c == '.') == 3) ? address : null,
        endsProcess: true);

    /// <summary>An absolute address with one of some schemes.</summary>
    public Uri? Url(Setting setting, params string[] schemes) => Read(
        setting,
        // A slip such as https://https://user:password@host is an address whose path holds a password; what is in force is shown.
        text => !text.Contains('@', StringComparison.Ordinal)
            && Uri.TryCreate(text, UriKind.Absolute, out var uri) && schemes.Contains(uri.Scheme) && uri.Query.Length + uri.Fragment.Length == 0
            ? uri
            : null);

    /// <summary>One of some words, in any case.</summary>
    public string? OneOf(Setting setting, params string[] words) =>
        Read(setting, text => Array.Find(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Adds a fault that was found in a value after it was read; what is usable of it stays in force.</summary>
    public void AddFault(Setting setting, string fault, bool endsProcess = false)
    {
        _faulted.Add(setting.Name);
        _faults.Add(new SettingFault($"{setting.Name} {fault}", endsProcess));
    }

    /// <summary>Notes that the default is in force, whatever was read.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="text">What the default comes to here; null for how it is written.</param>
    public void TakeDefault(Setting setting, string? text = null) =>
        _values[setting.Name] = DefaultOf(setting) with { Text = text ?? setting.Default };

    /// <summary>Notes what a fault has put in force in place of the value and the default.</summary>
    public void TakeInstead(Setting setting, string text) =>
        _values[setting.Name] = new SettingValue(setting, text, SettingSource.Fault);

    private static bool IsOff(string text) => text.Equals("off", StringComparison.OrdinalIgnoreCase);

    private static SettingValue DefaultOf(Setting setting) => new(setting, setting.Default, SettingSource.Default);

    private T? ReadValue<T>(Setting setting, Func<string, T?> parse, bool endsProcess = false)
        where T : struct => Raw(setting, endsProcess) is not { } text ? null : parse(text) ?? (T?)Refuse<object>(setting, text, endsProcess);

    private T? Read<T>(Setting setting, Func<string, T?> parse, bool endsProcess = false)
        where T : class => Raw(setting, endsProcess) is not { } text ? null : parse(text) ?? Refuse<T>(setting, text, endsProcess);

    private T? Refuse<T>(Setting setting, string text, bool endsProcess)
        where T : class
    {
        var shown = setting.IsSecret ? "(a secret)" : $"'{Excerpt.Of(WithoutQuery(WithoutUser(text)))}'";
        TakeDefault(setting);
        AddFault(setting, $"is {shown}, expected {setting.Accepted}{Consequence(setting, endsProcess)}", endsProcess);
        return null;
    }

    private static string Consequence(Setting setting, bool endsProcess) =>
        endsProcess ? "" : $"; its default is taken: {setting.Default}";

    // Nor is what follows the question mark of an address, where a token may stand.
    private static string WithoutQuery(string text) =>
        text.Contains("://", StringComparison.Ordinal) && text.IndexOf('?', StringComparison.Ordinal) is >= 0 and var start
            ? $"{text[..(start + 1)]}(not shown)"
            : text;

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
        TakeDefault(setting);
        if (variable(setting.Name) is { Length: > 0 } text)
            return Given(setting, text, SettingSource.Variable);
        if (variable(setting.FileName) is not { Length: > 0 } path)
            return null;
        try
        {
            var content = file(path).TrimEnd('\r', '\n');
            return content.Length > 0 ? Given(setting, content, SettingSource.File, path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            // The secret itself in the place of its file's path is an easy slip, and so is an address with a password.
            var isHidden = setting.IsSecret || path.Contains("://", StringComparison.Ordinal) || path.Contains('@', StringComparison.Ordinal);
            var shown = setting.IsSecret ? "(not shown)" : $"'{Excerpt.Of(WithoutQuery(WithoutUser(path)))}'";
            // The system quotes the path as it stands.
            var why = isHidden ? e.GetType().Name : Excerpt.Of(e.Message, LongestReason);
            _set.Add(setting.Name);
            _faulted.Add(setting.Name);
            _faults.Add(new SettingFault(
                $"{setting.FileName} is {shown}, expected a file that can be read: {why}{Consequence(setting, endsProcess)}", endsProcess));
            return null;
        }
    }

    private string Given(Setting setting, string text, SettingSource source, string? path = null)
    {
        _set.Add(setting.Name);
        _values[setting.Name] = new SettingValue(setting, text, source, path);
        return text;
    }
}
