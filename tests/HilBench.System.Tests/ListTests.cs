using System.Text.Json;

namespace HilBench.System.Tests;

public sealed class ListTests
{
    [TestCase("suites", "conformance")]
    [TestCase("scenarios", "dma/read-64")]
    [TestCase("rules", "ATS-INV-002")]
    [TestCase("faults", "M11")]
    [TestCase("profiles", "linux-6.1")]
    [TestCase("devices", "model:")]
    [TestCase("operations", "munmap")]
    [TestCase("clients", "sequence-count")]
    [TestCase("client-faults", "B3")]
    [TestCase("litmus", "L13a")]
    public void List_as_JSON_is_an_array_of_objects_with_id_and_summary(string topic, string known)
    {
        var answer = Hilbench.Run("list", topic, "--json");

        Assert.That(answer.ExitCode, Is.Zero, answer.Error);
        using var json = JsonDocument.Parse(answer.Out);
        var items = json.RootElement.EnumerateArray().ToDictionary(item => item.GetProperty("id").GetString()!, item => item.GetProperty("summary").GetString());
        Assert.That(items.Keys, Does.Contain(known));
        Assert.That(items.Values, Has.All.Not.Empty);
    }

    [Test]
    public void List_as_text_has_one_line_for_each()
    {
        var answer = Hilbench.Run("list", "faults");

        Assert.That(answer.Out.TrimEnd().Split('\n'), Has.Length.EqualTo(82));
        Assert.That(answer.Out, Does.Match(@"(?m)^M11  \S"));
    }

    [Test]
    public void Doctor_says_how_everything_stands()
    {
        var answer = Hilbench.Run("doctor", "--json");

        using var json = JsonDocument.Parse(answer.Out);
        var items = json.RootElement.EnumerateArray().ToList();
        var states = items.ToDictionary(item => item.GetProperty("id").GetString()!, item => item.GetProperty("status").GetString());
        Assert.That(states.Keys, Is.SupersetOf((string[])["dotnet", "make", "c++", "verilator", "rtl"]));
        Assert.That(states["dotnet"], Is.EqualTo("present"));
        Assert.That(answer.ExitCode, Is.EqualTo(states.ContainsValue("missing") ? 3 : 0));
        Assert.That(items.Where(item => item.GetProperty("status").GetString() == "missing").Select(item => item.GetProperty("advice").GetString()), Has.All.Not.Empty);
    }
}
