using YamlDotNet.RepresentationModel;
using static HilBench.Scenarios.FuzzFeatures;
using static HilBench.Scenarios.StepText;

namespace HilBench.Scenarios;

/// <summary>What the device and the translation agent do in random programs.</summary>
/// <param name="aim">Where it goes.</param>
/// <param name="features">What the program has.</param>
internal sealed class FuzzTraffic(FuzzAim aim, FuzzFeatures features)
{
    private const int ClassesMax = 8;

    /// <summary>DMA operations that are started one after the other.</summary>
    /// <param name="times">How many, at most.</param>
    public YamlMappingNode Dma(int times)
    {
        var choice = aim.Choice;
        var (mapping, process) = (aim.Mapping(), aim.Process());
        var isWrite = choice.Chance(features.WritePercent);
        var isAtomic = choice.Chance(6);
        var keys = new List<(string, string)>();
        var offset = aim.PageOf(mapping) + (choice.Chance(85) ? 64 * choice.Below(16) : 4096 - (4 * choice.Below(64)) - 4);
        keys.Add(("at", FuzzAim.At(mapping, offset)));
        if (!isAtomic)
        {
            keys.Add(("size", Number(SizeOf())));
        }

        if (times > 1)
        {
            keys.Add(("times", Number(times)));
            if (choice.Chance(50))
            {
                keys.Add(("stride", Hex(4096 * (1 + choice.Below(3)))));
                keys.Add(("span", Hex(4096 * (ulong)(2 + choice.Between(0, features.HotPages)))));
            }
        }

        if (choice.Chance(features.SeveralTranslationsPercent))
        {
            keys.Add(("translations", OneOf(choice, "2", "2", "4", "8")));
        }

        AddRareKeys(keys, isWrite);
        keys.Add(("seed", Number(choice.Between(1, 0x7FFF_FFFF))));
        keys.Add(("process", process.Name));
        var isWaiting = choice.Chance(10);
        keys.Add(("wait", isWaiting ? "true" : "false"));
        if (isWaiting && times > 1 && features.Burst > 1)
        {
            keys.Add(("burst", Number(features.Burst)));
        }

        keys.Add(("ends", "either"));
        return Step(isAtomic ? "dma-atomic" : isWrite ? "dma-write" : "dma-read", [.. keys]);
    }

    /// <summary>Something that the agent, the wire or the host's configuration does.</summary>
    public IEnumerable<YamlMappingNode> Agent()
    {
        var choice = aim.Choice;
        if (features.HoldsCompletions && choice.Chance(30))
        {
            foreach (var step in Ambush())
            {
                yield return step;
            }
        }
        else if (features.HoldsCompletions && choice.Chance(20))
        {
            yield return Step("hold", ("what", OneOf(choice, "translations", "translations", "reads")));
            yield return Step("run", ("cycles", Number(choice.Between(4, 120))));
            foreach (var step in Invalidate())
            {
                yield return step;
            }

            yield return Step("release", ("after", Number(choice.Between(0, 40))));
        }
        else if (choice.Chance(10))
        {
            yield return Timing();
        }
        else if (features.HasSpuriousInvalidations && choice.Chance(70))
        {
            foreach (var step in Invalidate())
            {
                yield return step;
            }
        }
        else
        {
            yield return Step("run", ("cycles", Number(choice.Between(1, 40))));
        }
    }

    /// <summary>The timing of the link and of the device.</summary>
    public YamlMappingNode Timing(bool isFirst = false)
    {
        var choice = aim.Choice;
        var f = isFirst ? features : FuzzFeatures.Draw(choice);
        var keys = new List<(string, string)>();
        if (isFirst && f.Deadline > 0)
        {
            keys.Add(("deadline", Number(f.Deadline)));
        }

        return Step(
            "timing", [.. keys, ("latency", Number(f.Latency)), ("jitter", Number(f.Jitter)), ("translations", Number(f.TranslationCycles)),
            ("reads", Number(f.ReadCycles)), ("transmit-gap", Number(f.TransmitGap))]);
    }

    // A fill is under way, one of its pages changes, and then that page is used: what an in-flight answer may not bring.
    private IEnumerable<YamlMappingNode> Ambush()
    {
        var choice = aim.Choice;
        var (mapping, process) = (aim.Mapping(), aim.Process());
        var first = aim.PageOf(mapping);
        var pages = OneOf(choice, 1, 2, 2, 4, 8);
        var victim = FuzzAim.At(mapping, Math.Min(first + (4096 * choice.Below((ulong)pages)), mapping.SizeBytes - 4096));
        var size = Hex(4096);
        yield return Step("hold", ("what", "translations"));
        yield return Step(
            "dma-read", ("at", FuzzAim.At(mapping, first)), ("size", "64"), ("translations", Number(pages)), ("process", process.Name), ("wait", "false"), ("ends", "either"));
        yield return Step("run", ("cycles", Number(choice.Between(4, 120))));
        yield return OneOf(
            choice,
            Step("dontneed", ("at", victim), ("size", size), ("process", process.Name)),
            Step("dontneed", ("at", victim), ("size", size), ("process", process.Name)),
            Step("munmap", ("at", victim), ("size", size), ("process", process.Name)),
            Step("mprotect", ("at", victim), ("size", size), ("access", "none"), ("process", process.Name)),
            Step("invalidate", ("at", victim), ("size", size), ("process", process.Name), ("wait", "true")));
        yield return Step("release", ("after", Number(choice.Between(0, 40))));
        yield return Step("run", ("cycles", Number(choice.Between(0, 120))));
        yield return Step("dma-read", ("at", victim), ("size", "64"), ("process", process.Name), ("wait", "false"), ("ends", "either"));
    }

    private IEnumerable<YamlMappingNode> Invalidate()
    {
        var choice = aim.Choice;
        var burst = choice.Chance(15) ? choice.Between(2, 20) : 1;
        for (var i = 0; i < burst; i++)
        {
            var (at, size) = aim.Range(aim.Mapping());
            var keys = new List<(string, string)>();
            if (choice.Chance(3))
            {
                keys.Add(("everything", "true"));
            }
            else
            {
                keys.AddRange([("at", at), ("size", size)]);
                if (choice.Chance(25))
                {
                    keys.Add(("policy", OneOf(choice, "exact", "cover", "4k")));
                }
            }

            if (choice.Chance(5))
            {
                keys.Add(("global", "true"));
            }

            keys.Add(("process", aim.Process().Name));
            keys.Add(("wait", burst > 1 || choice.Chance(60) ? "false" : "true"));
            yield return Step("invalidate", [.. keys]);
        }
    }

    private int SizeOf()
    {
        var choice = aim.Choice;
        return choice.Chance(features.LongPercent) ? OneOf(choice, 256, 256, 512, 512, 1024, 4096)
            : choice.Chance(70) ? 64
            : 4 * choice.Between(1, 32);
    }

    private void AddRareKeys(List<(string, string)> keys, bool isWrite)
    {
        var choice = aim.Choice;
        if (!isWrite && choice.Chance(20))
        {
            keys.Add(("no-write", "true"));
        }

        if (choice.Chance(3))
        {
            keys.Add(("untranslated", "true"));
        }

        if (features.HasClasses && choice.Chance(30))
        {
            keys.Add(("class", Number(choice.Between(1, ClassesMax - 1))));
        }

        if (features.HasPermissions && choice.Chance(20))
        {
            keys.Add((OneOf(choice, "execute", "privileged"), "true"));
        }

        if (features.HasPageRequests && choice.Chance(40))
        {
            keys.Add(("page-requests", "true"));
        }
    }
}
