using FluentAssertions;
using Sidecar.Host.Configuration;
using Xunit;

namespace Sidecar.Host.Tests;

public sealed class AvailableMemorySpecs
{
    private const long Machine = 16_000;
    private readonly Dictionary<string, string> _files = [];

    [Fact]
    public void Without_control_groups_it_is_the_machines() => Find().Should().Be(Machine);

    [Fact]
    public void Version_2_limits_by_the_own_group()
    {
        _files["/proc/self/cgroup"] = "0::/\n";
        _files["/sys/fs/cgroup/memory.max"] = "4000\n";

        Find().Should().Be(4000);
    }

    [Theory]
    [InlineData("3000", "2000", "1000", 1000)]
    [InlineData("max", "2000", "5000", 2000)]
    [InlineData("max", "max", "5000", 5000)]
    [InlineData("max", "max", "max", Machine)]
    public void Least_limit_of_the_group_and_those_above_it_counts(string own, string parent, string top, long expected)
    {
        _files["/proc/self/cgroup"] = "0::/kubepods/pod1/box\n";
        _files["/sys/fs/cgroup/kubepods/pod1/box/memory.max"] = own;
        _files["/sys/fs/cgroup/kubepods/pod1/memory.max"] = parent;
        _files["/sys/fs/cgroup/kubepods/memory.max"] = top;

        Find().Should().Be(expected);
    }

    [Fact]
    public void Version_1_limits_by_the_memory_controller()
    {
        _files["/proc/self/cgroup"] = "12:cpu,cpuacct:/box\n7:hugetlb,memory:/box\n1:name=systemd:/box\n";
        _files["/sys/fs/cgroup/memory/box/memory.limit_in_bytes"] = "5000\n";
        _files["/sys/fs/cgroup/box/memory.max"] = "1";

        Find().Should().Be(5000);
    }

    [Fact]
    public void Path_of_the_host_is_looked_for_at_the_root_of_the_mount()
    {
        _files["/proc/self/cgroup"] = "7:memory:/docker/0123\n";
        _files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "5000";

        Find().Should().Be(5000);
    }

    [Fact]
    public void Absurd_number_of_version_1_is_no_limit()
    {
        _files["/proc/self/cgroup"] = "7:memory:/\n";
        _files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n";

        Find().Should().Be(Machine);
    }

    [Fact]
    public void Limit_above_what_the_machine_has_is_the_machines()
    {
        _files["/proc/self/cgroup"] = "0::/\n";
        _files["/sys/fs/cgroup/memory.max"] = "900000";
        _files["/proc/meminfo"] = "MemFree:  1 kB\nMemTotal:         32 kB\n";

        Find().Should().Be(32 * 1024);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("0::")]
    [InlineData("0::box")]
    [InlineData("7:memory:box/inner")]
    public void Lines_of_another_form_are_no_failure(string groups)
    {
        _files["/proc/self/cgroup"] = groups;

        Find().Should().Be(Machine);
    }

    private long Find() => AvailableMemory.Find(path => _files.GetValueOrDefault(path), Machine);
}
