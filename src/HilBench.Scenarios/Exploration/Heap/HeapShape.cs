using System.Reflection;

namespace HilBench.Scenarios;

/// <summary>How objects of one type are copied, compared, walked and hashed; made once for each type.</summary>
internal abstract class HeapShape
{
    /// <summary>Fields of an object, its own only.</summary>
    public const BindingFlags AllFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    private static readonly Func<object, object> _clone =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.CreateDelegate<Func<object, object>>();

    [ThreadStatic]
    private static Dictionary<Type, HeapShape?>? _shapes;

    /// <summary>Whether anything of such an object can change.</summary>
    public abstract bool IsMutable { get; }

    /// <summary>Whether such objects are saved, but no part of what states are compared by.</summary>
    public bool IsEvidence { get; private init; }

    /// <summary>The shape of a type; null: such objects are left as they are.</summary>
    public static HeapShape? Of(Type type)
    {
        _shapes ??= [];
        if (!_shapes.TryGetValue(type, out var shape))
        {
            shape = HeapRules.IsLeaf(type) ? null : Make(type);
            _shapes.Add(type, shape);
        }

        return shape;
    }

    /// <summary>A shadow with the same contents.</summary>
    public virtual object Clone(object target) => _clone(target);

    /// <summary>Whether an object still is as its shadow.</summary>
    public abstract bool IsSame(object target, object shadow);

    /// <summary>Gives an object the contents of its shadow.</summary>
    public abstract void Copy(object shadow, object target);

    /// <summary>Shows all that an object refers to.</summary>
    public abstract void Visit(object target, IHeapVisitor visitor);

    /// <summary>Adds the contents of an object to a hash.</summary>
    public abstract void Hash(object target, HeapHasher hasher);

    private static HeapShape Make(Type type)
    {
        var isEvidence = HeapRules.IsEvidence(type);
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return new DelegateShape();
        }

        if (!type.IsArray)
        {
            return new ClassShape(type) { IsEvidence = isEvidence };
        }

        if (!type.IsSZArray)
        {
            throw new InvalidOperationException($"bug: the checkpoint knows no arrays like {type}");
        }

        var element = type.GetElementType()!;
        var kind = !element.IsValueType ? typeof(ReferenceArrayShape)
            : FieldCode.HasReferences(element) ? typeof(StructArrayShape<>).MakeGenericType(element)
            : typeof(BlittableArrayShape<>).MakeGenericType(element);
        return (HeapShape)Activator.CreateInstance(kind)!;
    }
}
