using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Sidecar.Host.Logging;

/// <summary>Keys that log lines use for message and error.</summary>
/// <param name="Message">Key of the message.</param>
/// <param name="Error">Key of the error.</param>
public sealed record LogKeys(string Message, string Error);

/// <summary>Writes one JSON object a line, in the form of the operations contract, "Logs".</summary>
/// <param name="keys">Keys of message and error.</param>
/// <param name="time">The source of time.</param>
public sealed class JsonLineFormatter(LogKeys keys, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>The name under which the console logger finds it.</summary>
    public const string FormatterName = "sidecar-json";

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] Reserved = ["level", "time", "pid", "hostname", "logger"];
    private static readonly string Hostname = Environment.MachineName;

    /// <summary>Whether a key belongs to what every line has.</summary>
    public static bool IsReserved(string key) => Reserved.Contains(key);

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (IsGoneCaller(logEntry.Category, logEntry.LogLevel, logEntry.Exception))
            return;

        // No customer's data above debug, whoever speaks.
        Func<string, string> shown = logEntry.LogLevel > LogLevel.Debug ? CustomerScrubber.Scrub : text => text;
        var message = shown(logEntry.Formatter(logEntry.State, logEntry.Exception));
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Relaxed))
        {
            json.WriteStartObject();
            json.WriteString("level", LevelOf(logEntry.LogLevel));
            json.WriteNumber("time", time.GetUtcNow().ToUnixTimeMilliseconds());
            json.WriteNumber("pid", Environment.ProcessId);
            json.WriteString("hostname", Hostname);
            json.WriteString("logger", logEntry.Category);
            json.WriteString(keys.Message, message);
            if (logEntry.State is IReadOnlyList<KeyValuePair<string, object?>> fields)
                WriteFields(json, fields, message, shown);
            if (logEntry.Exception is { } exception)
            {
                json.WriteStartObject(keys.Error);
                json.WriteString("type", exception.GetType().Name);
                json.WriteString("message", shown(exception.Message));
                json.WriteString("stack", shown(exception.ToString()));
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        textWriter.Write(Encoding.UTF8.GetString(buffer.WrittenSpan));
        textWriter.Write('\n');
    }

    // A caller that drops its connection leaves a line with a stack for each of its calls: no fault of this service, and nothing to mend.
    internal static bool IsGoneCaller(string category, LogLevel level, Exception? exception) =>
        level > LogLevel.Debug
        && exception is OperationCanceledException or IOException
        && category.StartsWith("Grpc.AspNetCore.Server", StringComparison.Ordinal);

    // What a message is made of, each part under its own name; one that is the whole message has been said.
    private void WriteFields(
        Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> fields, string message, Func<string, string> shown)
    {
        foreach (var (name, value) in fields)
        {
            if (name.Length == 0 || !char.IsAsciiLetter(name[0]))
                continue;
            var key = JsonNamingPolicy.CamelCase.ConvertName(name);
            if (IsReserved(key) || key == keys.Message || key == keys.Error)
                continue;
            switch (value)
            {
                case int or long:
                    json.WriteNumber(key, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                    break;
                case string or Enum or TimeSpan:
                    var text = shown(value.ToString() ?? "");
                    if (text != message)
                        json.WriteString(key, text);
                    break;
            }
        }
    }

    private static string LevelOf(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };
}
