using FluentAssertions;
using Sidecar.Fuzz.Driver;
using Xunit;

namespace Sidecar.Fuzz.Tests.Driver;

/// <summary>The input that was tried last is known, also when the process that tried it is no more.</summary>
public sealed class CurrentInputSpecs : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Last_input_is_in_the_file()
    {
        using var current = new CurrentInput(_path, maxLength: 8);

        current.Set([1, 2, 3, 4, 5]);
        current.Set([6, 7]);

        CurrentInput.Read(_path).Should().Equal(6, 7);
    }

    [Fact]
    public void Longer_one_is_cut()
    {
        using var current = new CurrentInput(_path, maxLength: 2);

        current.Set([1, 2, 3]);

        CurrentInput.Read(_path).Should().Equal(1, 2);
    }

    [Fact]
    public void File_of_another_kind_holds_none()
    {
        File.WriteAllBytes(_path, [9, 0, 0, 0, 1]);

        CurrentInput.Read(_path).Should().BeNull();
        CurrentInput.Read(_path + ".other").Should().BeNull();
    }
}
