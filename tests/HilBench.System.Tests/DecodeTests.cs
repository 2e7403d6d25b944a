using System.Text.Json;

namespace HilBench.System.Tests;

/// <summary>TLPs are those of ats-rules A.10.</summary>
public sealed class DecodeTests
{
    [Test]
    public void Invalidate_Request_is_told_in_words()
    {
        var answer = Hilbench.Run("decode", "91012345", "72000002", "00000501", "01000000", "00000000", "00007f00", "002ff801");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        Assert.That(answer.Out, Does.StartWith("InvalidateRequest PASID=0x12345 "));
        Assert.That(answer.Out, Does.Contain("itag=5").And.Contain("0x7f0000200000+2MiB"));
    }

    [Test]
    public void Malformed_TLP_on_the_command_line_exits_1()
    {
        var answer = Hilbench.Run("decode", "2000");

        Assert.That(answer.ExitCode, Is.EqualTo(1));
        Assert.That(answer.Out, Does.StartWith("malformed TLP: "));
    }

    [Test]
    public void File_holds_one_TLP_in_each_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tlps"], "# a capture\n20000402 010007ff 00007f00 00200000\n\n0x0a000000,00002000,01000700  # UR\n");

        var answer = Hilbench.Run("decode", folder["tlps"], "--json");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        var lines = json.RootElement.GetProperty("tlps").EnumerateArray().Select(tlp => (tlp.GetProperty("line").GetInt32(), tlp.GetProperty("kind").GetString()));
        Assert.That(lines, Is.EqualTo(((int, string)[])[(2, "MemoryRead"), (4, "Completion")]));
    }

    [Test]
    public void Malformed_TLP_in_a_file_exits_2_with_its_line()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tlps"], "20000402 010007ff 00007f00 00200000\n20000402 010007ff\n");

        var answer = Hilbench.Run("decode", folder["tlps"]);

        Assert.That(answer.ExitCode, Is.EqualTo(2));
        Assert.That(answer.Error, Does.Contain("tlps:2:1: "));
    }
}
