using System.Security.Cryptography;
using System.Text;
using FluentAssertions;
using Microsoft.Extensions.Time.Testing;
using Sidecar.Host.Tls;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class ReloadedFilesSpecs : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sidecar-reloaded-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _troubles = [];
    private readonly ReloadedFiles<string> _files;
    private int _parsed;
    private int _takenOver;

    public ReloadedFilesSpecs() => _files = new([In("a"), In("b")], Parse, _time) { OnTrouble = _troubles.Add, OnTakenOver = () => _takenOver++ };

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Files_are_read_at_the_first_look_and_then_at_most_once_a_second()
    {
        Put("a", "1");
        Put("b", "1");
        _files.Current().Should().Be("1 1");
        Put("a", "2");

        _time.Advance(TimeSpan.FromSeconds(0.9));
        _files.Current().Should().Be("1 1");
        _time.Advance(TimeSpan.FromSeconds(0.1));
        _files.Current().Should().Be("2 1");

        (_takenOver, _parsed).Should().Be((1, 2));
        _troubles.Should().BeEmpty();
    }

    [Fact]
    public void Unchanged_files_are_not_used_anew()
    {
        Put("a", "1");
        Put("b", "1");
        for (var look = 0; look < 5; look++)
        {
            _files.Current();
            _time.Advance(ReloadedFiles<string>.Interval);
        }

        _parsed.Should().Be(1);
    }

    [Fact]
    public void Broken_content_is_tried_and_told_once_and_what_was_good_stays()
    {
        Put("a", "1");
        Put("b", "1");
        _files.Current();
        Put("b", "broken");
        for (var look = 0; look < 5; look++)
        {
            _time.Advance(ReloadedFiles<string>.Interval);
            _files.Current().Should().Be("1 1");
        }

        _troubles.Should().Equal("broken indeed");
        _parsed.Should().Be(2);
        Put("b", "2");
        _time.Advance(ReloadedFiles<string>.Interval);
        _files.Current().Should().Be("1 2");
    }

    [Fact]
    public void Missing_file_is_told_once_and_taken_when_it_comes()
    {
        Put("a", "1");
        for (var look = 0; look < 3; look++)
        {
            _files.Current().Should().BeNull();
            _time.Advance(ReloadedFiles<string>.Interval);
        }

        _troubles.Should().Equal("a file is missing");
        Put("b", "1");
        _files.Current().Should().Be("1 1");
        _takenOver.Should().Be(0, "there was none before");
    }

    [Fact]
    public void Link_that_is_turned_brings_both_files_at_once()
    {
        foreach (var generation in (string[])["1", "2"])
        {
            Directory.CreateDirectory(In(generation));
            Put($"{generation}/a", generation);
            Put($"{generation}/b", generation);
            // As a mounted secret has it, where even the dates may be the same.
            File.SetLastWriteTimeUtc(In($"{generation}/a"), DateTime.UnixEpoch);
            File.SetLastWriteTimeUtc(In($"{generation}/b"), DateTime.UnixEpoch);
        }

        Directory.CreateSymbolicLink(In("..data"), "1");
        File.CreateSymbolicLink(In("a"), "..data/a");
        File.CreateSymbolicLink(In("b"), "..data/b");
        _files.Current().Should().Be("1 1");

        Directory.CreateSymbolicLink(In("..new"), "2");
        Directory.Delete(In("..data"));
        Directory.Move(In("..new"), In("..data"));
        _time.Advance(ReloadedFiles<string>.Interval);

        _files.Current().Should().Be("2 2");
        _troubles.Should().BeEmpty();
    }

    private string In(string name) => Path.Combine(_folder, name);

    private void Put(string name, string text) => File.WriteAllText(In(name), text);

    private string Parse(IReadOnlyList<byte[]> contents)
    {
        _parsed++;
        var text = string.Join(' ', contents.Select(content => Encoding.UTF8.GetString(content)));
        return text.Contains("broken", StringComparison.Ordinal) ? throw new CryptographicException("broken indeed") : text;
    }
}
