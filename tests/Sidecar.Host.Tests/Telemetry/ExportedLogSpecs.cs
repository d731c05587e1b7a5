using FluentAssertions;
using Microsoft.Extensions.Logging;
using Sidecar.Host.Telemetry;
using Xunit;

namespace Sidecar.Host.Tests.Telemetry;

/// <summary>Log lines are exported as they stand on the standard output.</summary>
public sealed class ExportedLogSpecs : IDisposable
{
    private const string Path = "/user/customers/7/ccustomer-1";
    private readonly Exporter _exporter = new();

    public void Dispose() => _exporter.Dispose();

    [Fact]
    public void Customers_id_is_taken_out_of_message_fields_and_exception()
    {
        Logger().LogWarning(new InvalidOperationException($"no answer of {Path}"), "trouble at {Actor}, try {Number}", Path, 3);

        var (message, fields) = _exporter.Lines.Should().ContainSingle().Subject;
        message.Should().Be("trouble at /user/customers/7/*, try 3");
        fields.Should().Contain([new("Actor", "/user/customers/7/*"), new("Number", 3L), new("exception.message", "no answer of /user/customers/7/*")]);
        fields.Should().OnlyContain(field => !$"{field.Value}".Contains("customer-1", StringComparison.Ordinal));
        fields.Should().NotContain(field => field.Key == "{OriginalFormat}");
    }

    [Fact]
    public void Debug_line_may_name_the_customer()
    {
        Logger().LogDebug("read {Actor}", Path);

        _exporter.Lines.Single().Message.Should().Contain("customer-1");
    }

    [Fact]
    public void Caller_that_has_gone_is_no_line()
    {
        new ExportedLog(_exporter).CreateLogger("Grpc.AspNetCore.Server.Handler").LogError(new IOException(), "failed");

        _exporter.Lines.Should().BeEmpty();
    }

    private ILogger Logger() => new ExportedLog(_exporter).CreateLogger("Sidecar.Test");

    private sealed class Exporter : ILoggerProvider, ILogger
    {
        public List<(string Message, IReadOnlyList<KeyValuePair<string, object?>> Fields)> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            exception.Should().BeNull();
            Lines.Add((formatter(state, exception), (IReadOnlyList<KeyValuePair<string, object?>>)(object)state!));
        }

        public void Dispose()
        {
            // There is nothing to give back.
        }
    }
}
