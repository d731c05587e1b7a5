using FluentAssertions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Configuration;
using Sidecar.Host.Logging;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class LogLevelSwitchSpecs : IDisposable
{
    private const string Requests = "Microsoft.AspNetCore.Hosting.Diagnostics";
    private readonly FakeTimeProvider _time = new();
    private readonly ServiceProvider _services;
    private readonly LogLevelSwitch _levels;
    private readonly ListLogger<LogLevelSwitch> _log = new();
    private readonly ILogger _own;
    private readonly ILogger _requests;

    public LogLevelSwitchSpecs()
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(_time)
            .AddLogging(logging => logging.AddSidecarLog(new SidecarOptions()))
            .AddSingleton<ILogger<LogLevelSwitch>>(_log)
            .BuildServiceProvider();
        _levels = _services.GetRequiredService<LogLevelSwitch>();
        var loggers = _services.GetRequiredService<ILoggerFactory>();
        _own = loggers.CreateLogger("Sidecar.Anything");
        _requests = loggers.CreateLogger(Requests);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public void Change_reaches_loggers_that_are_there()
    {
        (Lowest(_own), Lowest(_requests)).Should().Be((LogLevel.Warning, LogLevel.None));

        _levels.Set(LogLevel.Debug);
        (Lowest(_own), Lowest(_requests)).Should().Be((LogLevel.Debug, LogLevel.Debug));

        _levels.Set(LogLevel.Information);
        (Lowest(_own), Lowest(_requests)).Should().Be((LogLevel.Information, LogLevel.None));
        Lowest(_services.GetRequiredService<ILoggerFactory>().CreateLogger(LoggingSetup.AlwaysCategory)).Should().Be(LogLevel.Information);
    }

    [Fact]
    public void It_goes_back_when_its_time_is_over()
    {
        _levels.Set(LogLevel.Debug, TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        Lowest(_own).Should().Be(LogLevel.Debug);

        _log.Lines.Should().BeEmpty();

        _time.Advance(TimeSpan.FromTicks(1));

        Lowest(_own).Should().Be(LogLevel.Warning);
        _log.Lines.Should().ContainSingle().Which.Should().Contain("Warning again");
    }

    [Fact]
    public void Later_change_is_not_taken_back_by_an_earlier_ones_time()
    {
        _levels.Set(LogLevel.Debug, TimeSpan.FromMinutes(5));
        _levels.Set(LogLevel.Information);

        _time.Advance(TimeSpan.FromHours(1));

        Lowest(_own).Should().Be(LogLevel.Information);
        _log.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task Changes_by_several_at_once_leave_every_logger_at_the_level_in_force()
    {
        for (var round = 0; round < 200; round++)
        {
            await Task.WhenAll(
                Task.Run(() => _levels.Set(LogLevel.Debug)), Task.Run(() => _levels.Set(LogLevel.Information)), Task.Run(() => _levels.Set(LogLevel.Error)));
            Lowest(_own).Should().Be(_levels.Level);
        }
    }

    private static LogLevel Lowest(ILogger logger) =>
        Enum.GetValues<LogLevel>().Order().First(level => level == LogLevel.None || (level > LogLevel.Trace && logger.IsEnabled(level)));
}
