using System.Text.Json;
using FluentAssertions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Sidecar.Host.Logging;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class JsonLineFormatterSpecs
{
    [Fact]
    public void Line_is_one_json_object_of_the_contracts_form()
    {
        var line = Write(LogLevel.Warning, "it is \"so\"\nand so", null);

        line.Should().EndWith("}\n").And.Match(l => l.Count(c => c == '\n') == 1);
        using var json = JsonDocument.Parse(line);
        json.RootElement.GetProperty("level").GetString().Should().Be("warn");
        json.RootElement.GetProperty("time").GetInt64().Should().Be(1767225600000);
        json.RootElement.GetProperty("pid").GetInt32().Should().Be(Environment.ProcessId);
        json.RootElement.GetProperty("hostname").GetString().Should().Be(Environment.MachineName);
        json.RootElement.GetProperty("msg").GetString().Should().Be("it is \"so\"\nand so");
        json.RootElement.TryGetProperty("err", out _).Should().BeFalse();
    }

    [Fact]
    public void Exception_stands_under_the_error_key_with_type_message_and_stack()
    {
        using var json = JsonDocument.Parse(Write(LogLevel.Error, "it broke", new InvalidOperationException("no disk")));

        var error = json.RootElement.GetProperty("err");
        error.GetProperty("type").GetString().Should().Be("InvalidOperationException");
        error.GetProperty("message").GetString().Should().Be("no disk");
        error.GetProperty("stack").GetString().Should().Contain("no disk");
    }

    [Theory]
    [InlineData(LogLevel.Trace, "debug")]
    [InlineData(LogLevel.Debug, "debug")]
    [InlineData(LogLevel.Information, "info")]
    [InlineData(LogLevel.Warning, "warn")]
    [InlineData(LogLevel.Error, "error")]
    [InlineData(LogLevel.Critical, "error")]
    public void Level_has_one_of_four_words(LogLevel level, string expected)
    {
        using var json = JsonDocument.Parse(Write(level, "x", null));

        json.RootElement.GetProperty("level").GetString().Should().Be(expected);
    }

    [Fact]
    public void Parts_of_a_message_stand_beside_it_and_never_in_place_of_what_every_line_has()
    {
        List<KeyValuePair<string, object?>> state =
        [
            new("Kind", DayOfWeek.Monday), new("Count", 3), new("Level", "mine"), new("Msg", "mine"), new("{OriginalFormat}", "x"),
        ];

        using var json = JsonDocument.Parse(Write(LogLevel.Warning, "text", null, state));

        json.RootElement.GetProperty("kind").GetString().Should().Be("Monday");
        json.RootElement.GetProperty("count").GetInt32().Should().Be(3);
        json.RootElement.GetProperty("level").GetString().Should().Be("warn");
        json.RootElement.GetProperty("msg").GetString().Should().Be("text");
        json.RootElement.EnumerateObject().Select(p => p.Name).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public void Half_a_surrogate_pair_does_not_break_the_line()
    {
        using var json = JsonDocument.Parse(Write(LogLevel.Warning, "half \ud800 of one", null, [new("Part", "\udc00")]));

        json.RootElement.GetProperty("msg").GetString().Should().Be("half \ufffd of one");
    }

    [Fact]
    public void Part_that_is_the_whole_message_is_not_said_twice()
    {
        using var json = JsonDocument.Parse(Write(LogLevel.Error, "a fault", null, [new("Fault", "a fault"), new("Other", "b")]));

        json.RootElement.TryGetProperty("fault", out _).Should().BeFalse();
        json.RootElement.GetProperty("other").GetString().Should().Be("b");
    }

    [Theory]
    [InlineData("akka://sidecar/user/customers/7/ca%20b", "akka://sidecar/user/customers/7/*")]
    [InlineData("[akka://sidecar/user/customers/7/ca%5Db#12]: x", "[akka://sidecar/user/customers/7/*#12]: x")]
    [InlineData("/user/customers/7 of 3 customers/day", "/user/customers/7 of 3 customers/day")]
    [InlineData("akka://sidecar/system/sharding/customer/7/cacme", "akka://sidecar/system/sharding/customer/7/*")]
    [InlineData("[akka://sidecar/system/sharding/customer/7/ca%20b#12]: x", "[akka://sidecar/system/sharding/customer/7/*#12]: x")]
    [InlineData("from /system/sharding/customer/1/ca/child to /system/sharding/customer/2/cb.", "from /system/sharding/customer/1/* to /system/sharding/customer/2/*")]
    [InlineData("customer: Buffer is full, dropping message of type [X] for entity [ca]b[c]", "customer: Buffer is full, dropping message of type [X] for entity [*]")]
    [InlineData("customer: Entity stopped after passivation [ca], but will be started again", "customer: Entity stopped after passivation [*], but will be started again")]
    [InlineData("Recovery completed for shard [7] with [3] entities", "Recovery completed for shard [7] with [3] entities")]
    [InlineData("a terminated for [akka://x/system/sharding/customer/7/ca], entityId [ca] which is in", "a terminated for [akka://x/system/sharding/customer/7/*], entityId [*] which is in")]
    [InlineData("/system/sharding/customer/7 of /system/sharding/customerCoordinator/singleton/coordinator", "/system/sharding/customer/7 of /system/sharding/customerCoordinator/singleton/coordinator")]
    public void Customers_stay_out_of_lines_above_debug(string text, string expected)
    {
        using var json = JsonDocument.Parse(Write(LogLevel.Information, text, new InvalidOperationException(text), [new("Source", $"in {text}")]));

        json.RootElement.GetProperty("msg").GetString().Should().Be(expected);
        json.RootElement.GetProperty("source").GetString().Should().Be($"in {expected}");
        json.RootElement.GetProperty("err").GetProperty("message").GetString().Should().Be(expected);
        json.RootElement.GetProperty("err").GetProperty("stack").GetString().Should().Contain(expected);
        using var debug = JsonDocument.Parse(Write(LogLevel.Debug, text, null));
        debug.RootElement.GetProperty("msg").GetString().Should().Be(text);
    }

    private static string Write(
        LogLevel level, string message, Exception? exception, IReadOnlyList<KeyValuePair<string, object?>>? state = null)
    {
        var formatter = new JsonLineFormatter(new LogKeys("msg", "err"), new FixedTime());
        using var writer = new StringWriter();
        var entry = new LogEntry<IReadOnlyList<KeyValuePair<string, object?>>>(
            level, "Category", default, state ?? [], exception, (_, _) => message);
        formatter.Write(entry, null, writer);
        return writer.ToString();
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1767225600000);
    }
}
