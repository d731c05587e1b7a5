using System.Text;
using System.Threading.Channels;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class WatchedFileSpecs : IDisposable
{
    private const int MaxBytes = 200_000;
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-watch-").FullName;
    private readonly string _path;
    private readonly WatchedFile _file;

    public WatchedFileSpecs()
    {
        _path = Path.Combine(_folder, "value");
        _file = new WatchedFile(_path, MaxBytes, TimeProvider.System);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void First_look_brings_the_content_and_the_next_nothing()
    {
        File.WriteAllText(_path, "one");

        LookText().Should().Be("one");
        _file.Look().Should().BeNull();
    }

    [Fact]
    public void Another_content_of_the_same_length_and_date_is_news()
    {
        var date = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.WriteAllText(_path, "one");
        File.SetLastWriteTimeUtc(_path, date);
        _file.Look();

        File.WriteAllText(_path, "two");
        File.SetLastWriteTimeUtc(_path, date);

        LookText().Should().Be("two");
    }

    [Fact]
    public void Large_content_is_news_when_it_changes_and_only_then()
    {
        File.WriteAllText(_path, new string('a', 100_000));
        LookText().Should().HaveLength(100_000);
        _file.Look().Should().BeNull();

        File.WriteAllText(_path, new string('b', 100_001));

        LookText().Should().HaveLength(100_001);
    }

    [Fact]
    public void Mounted_secret_whose_folder_is_swapped_is_news()
    {
        // As Kubernetes does it: value -> ..data/value, ..data -> a folder of its own for each version.
        foreach (var version in (string[])["v1", "v2"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, version));
            File.WriteAllText(Path.Combine(_folder, version, "value"), version);
        }

        var data = Path.Combine(_folder, "..data");
        Directory.CreateSymbolicLink(data, "v1");
        File.CreateSymbolicLink(_path, Path.Combine("..data", "value"));
        LookText().Should().Be("v1");

        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, "v2");

        LookText().Should().Be("v2");
    }

    [Fact]
    public void Each_trouble_is_news_once_and_so_is_its_end()
    {
        _file.Look()!.Trouble.Should().Be(FileTrouble.Missing);
        _file.Look().Should().BeNull();
        File.WriteAllText(_path, "");
        _file.Look()!.Trouble.Should().Be(FileTrouble.Empty);
        _file.Look().Should().BeNull();
        File.WriteAllText(_path, "one");
        LookText().Should().Be("one");
        File.WriteAllText(_path, new string('a', MaxBytes + 1));
        _file.Look()!.Trouble.Should().Be(FileTrouble.TooLarge);
        File.Delete(_path);
        Directory.CreateDirectory(_path);
        _file.Look()!.Trouble.Should().Be(FileTrouble.Unreadable);
        Directory.Delete(_path);
        File.WriteAllText(_path, "one");
        LookText().Should().Be("one", "the same content is news after a trouble");
    }

    [Fact]
    public async Task Watch_looks_at_once_and_then_every_second_until_it_is_cancelled()
    {
        var time = new FakeTimeProvider();
        using var end = new CancellationTokenSource();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var news = Channel.CreateUnbounded<FileNews>();
        File.WriteAllText(_path, "one");

        var watch = new WatchedFile(_path, MaxBytes, time).WatchAsync(one => news.Writer.TryWrite(one), end.Token);
        TextOf(await news.Reader.ReadAsync(limit.Token)).Should().Be("one");
        File.WriteAllText(_path, "two");
        time.Advance(WatchedFile.Interval);
        TextOf(await news.Reader.ReadAsync(limit.Token)).Should().Be("two");

        await end.CancelAsync();
        await watch.WaitAsync(limit.Token);
    }

    private string? LookText() => TextOf(_file.Look());

    private static string? TextOf(FileNews? news) => news?.Content is { } content ? Encoding.UTF8.GetString(content) : null;
}
